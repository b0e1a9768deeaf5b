// Step charts like those of pipeline/site/svg.py, for what is only known in the browser: the models being compared.
const BOX = { width: 1000, height: 240, top: 32, bottom: 28 };
const MARGIN = 52; // the room at the left, as the stylesheet has it
const DAY_MS = 86_400_000;
const MONTHS = [1, 2, 3, 6, 12, 24, 60, 120];
const STEPS = [1, 2, 5, 10];
const JOINED = 1.5; // a narrower gap is drawn through: nobody would see it
const SPACE = "http://www.w3.org/2000/svg";

function tag(name, attributes, ...content) {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

/** Paths so that they stretch with the page; texts keep their size, and stand at a share of the width. */
function plot(...paths) {
  return tag("svg", { viewBox: `0 0 ${BOX.width} ${BOX.height}`, preserveAspectRatio: "none", role: "presentation" }, ...paths);
}

function at(x) {
  return `${rounded((100 * x) / BOX.width)}%`;
}

function rounded(position) {
  return Math.round(position * 10) / 10;
}

function scale(low, high, start, end) {
  return (value) => rounded(start + ((value - low) / (high - low)) * (end - start));
}

/** Round values from 0 to the first that is not below the highest. */
export function ticks(high, most = 5) {
  if (!(high > 0)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(high / most));
  const step = power * STEPS.find((times) => power * times * most >= high * (1 - 1e-12));
  return Array.from({ length: Math.ceil(high / step - 1e-9) + 1 }, (_, i) => Number((step * i).toPrecision(12)));
}

/** The first days of months in a span of milliseconds, at most about six, with their label. */
function months(begin, end) {
  const span = (end - begin) / (30.4 * DAY_MS);
  const step = MONTHS.find((count) => span / count <= 6) ?? MONTHS.at(-1);
  const first = new Date(begin);
  const found = [];
  for (let month = Math.ceil((first.getUTCFullYear() * 12 + first.getUTCMonth()) / step) * step; ; month += step) {
    const at = Date.UTC(Math.floor(month / 12), month % 12);
    if (at > end) return found;
    if (at >= begin) found.push([at, new Date(at).toISOString().slice(0, 7)]);
  }
}

function axes(across, up, values, begin, end, unit) {
  const { width, height, bottom, top } = BOX;
  const floor = height - bottom;
  const named = months(begin, end);
  const lines = values.map((value) => `M0 ${up(value)}H${width}`).join("");
  const marks = named.map(([moment]) => `M${across(moment)} ${floor}v4`).join("");
  const amount = (value) => value.toLocaleString("en-US", { maximumFractionDigits: 9 });
  const anchor = (x) => (x < 20 ? "start" : x > width - 20 ? "end" : "middle");
  return [
    tag("text", { x: -MARGIN, y: top - 17 }, unit),
    plot(tag("path", { class: "axis", d: `${lines}M0 ${floor}H${width}${marks}` })),
    tag("g", { "text-anchor": "end" }, ...values.map((value) => tag("text", { x: -6, y: up(value) + 4 }, amount(value)))),
    tag("g", { class: "times" }, ...named.map(([moment, text]) => tag("text", { x: at(across(moment)), y: floor + 18, "text-anchor": anchor(across(moment)) }, text))),
  ];
}

/** One series: a step wherever a value follows at once, a gap where nothing is known, and what each says. */
function stepped(held, number, across, up) {
  let path = "";
  let until = Number.NEGATIVE_INFINITY;
  const hits = held.map(({ begin, end, value, told }) => {
    const [x, to, y] = [across(begin), Math.max(across(end), across(begin) + 1), up(value)];
    path += x - until <= JOINED ? `H${x}V${y}H${to}` : `M${x} ${y}H${to}`;
    until = to;
    return tag("path", { class: "hit", d: `M${x} ${y}H${to}` }, tag("title", {}, told));
  });
  return tag("g", { class: `s${number}` }, plot(tag("path", { class: "mark", d: path }), ...hits));
}

/** Each line's number beside its end, moved up where two would cover each other. */
function numbers(series, across, up) {
  const taken = [];
  const ends = series.flatMap(({ held }, i) => (held.length ? [{ i, x: across(held.at(-1).end), y: up(held.at(-1).value) + 4 }] : []));
  return ends.sort((a, b) => b.y - a.y).map(({ i, x, y }) => {
    let high = y;
    while (taken.some((other) => Math.abs(other.high - high) < 13 && Math.abs(other.x - x) < 39)) high -= 1;
    taken.push({ high, x });
    return tag("text", { class: `number s${i + 1}`, x: at(x), dx: 6, y: high }, String(i + 1));
  });
}

/**
 * Values that held for some time, a line for each series, from an honest 0; null where there is none.
 * @param {{name: string, held: {begin: number, end: number, value: number, told: string}[]}[]} series times in ms
 */
export function stepChart(title, unit, series) {
  const every = series.flatMap(({ held }) => held);
  if (!every.length) return null;
  const short = Math.max(0, 2 * DAY_MS - (Math.max(...every.map((one) => one.end)) - Math.min(...every.map((one) => one.begin)))) / 2;
  const [begin, end] = [Math.min(...every.map((one) => one.begin)) - short, Math.max(...every.map((one) => one.end)) + short];
  const values = ticks(Math.max(...every.map(({ value }) => value)));
  const across = scale(begin, end, 0, BOX.width);
  const up = scale(0, values.at(-1), BOX.height - BOX.bottom, BOX.top);
  return tag(
    "svg",
    { class: "chart fluid", height: BOX.height, role: "img", "aria-label": `${title}: ${series.map(({ name }) => name).join("; ")}` },
    ...axes(across, up, values, begin, end, unit),
    ...series.map(({ held }, i) => stepped(held, i + 1, across, up)),
    ...(series.length > 1 ? numbers(series, across, up) : []),
  );
}
