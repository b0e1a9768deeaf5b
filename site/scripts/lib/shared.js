// The models that several of the compared providers serve: what each asks, how fast it is, and how often it was live.
import { nano } from "./amount.js";
import { clean, price, rounded, seconds, UNKNOWN } from "./format.js";
import { isLive, isMeasured, isPriced } from "./compare.js";
import { sortable } from "./sortable.js";

const SHOWN = 200;
const LEAST_HOURS = 24; // of known status, from which on a share of it is told
const HEADING = "Models that several of them serve";

/**
 * Each model and task for which at least two providers have a recent live offer, in the order of the index.
 * @returns {{model: string, task: string, offers: (object|undefined)[]}[]} an offer a provider
 */
export function shared(answers, order) {
  const found = new Map();
  answers.forEach(({ rows, snapshot }, at) => {
    for (const offer of rows) {
      if (!isLive(offer, snapshot.recent_since)) continue;
      const key = JSON.stringify([offer.model_id, offer.task]);
      if (!found.has(key)) found.set(key, { model: offer.model_id, task: offer.task, offers: [] });
      found.get(key).offers[at] ??= offer;
    }
  });
  const place = new Map(order.map((id, i) => [id, i]));
  const last = order.length;
  return [...found.values()]
    .filter(({ offers }) => offers.filter(Boolean).length > 1)
    .sort((a, b) => (place.get(a.model) ?? last) - (place.get(b.model) ?? last));
}

/** The providers of a model that ask the least, of at least two known and different prices; by their place. */
export function cheapest(offers, since) {
  const costs = offers.map((offer) => (offer && isPriced(offer, since) ? 3n * nano(offer.input_usd_per_mtok) + nano(offer.output_usd_per_mtok) : null));
  const known = costs.filter((cost) => cost !== null);
  const least = known.reduce((best, cost) => (cost < best ? cost : best), known[0]);
  const differ = known.some((cost) => cost > least);
  return new Set(costs.flatMap((cost, at) => (differ && cost === least ? [at] : [])));
}

/** What a share of time reads like: never rounded up to 100. */
export function shareOf(uptime) {
  if (!uptime || uptime.known_hours < LEAST_HOURS) return "";
  return `live ${Math.floor(uptime.live_share * 1000) / 10} % of ${(uptime.known_hours / 24).toFixed(1)} days`;
}

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** A line below the price, with its date in one piece. */
function below(text, date) {
  const made = element("span", text, { class: "sub" });
  if (date) made.append(" ", element("span", date, { class: "date" }));
  return made;
}

function speedOf(offer) {
  const known = offer.throughput_tps !== null ? `${rounded(offer.throughput_tps)} tok/s` : offer.request_latency_ms !== null ? seconds(offer.request_latency_ms) : "";
  if (!known) return [];
  const day = offer.measured_at?.slice(0, 10);
  return [below(known, day && day !== offer.observed_at.slice(0, 10) && `(${day})`)];
}

function offered(offer, uptime, best, since) {
  const made = document.createElement("td");
  if (!offer) {
    made.textContent = UNKNOWN;
    made.classList.add("none");
    return made;
  }
  const { input_usd_per_mtok: given, output_usd_per_mtok: taken } = offer;
  const known = given !== null || taken !== null;
  made.append(element("strong", known ? `${price(given)} / ${price(taken)}` : UNKNOWN));
  if (best) made.append(" ", element("span", "best", { class: "best" }));
  const old = known && !isPriced(offer, since) && offer.price_observed_at;
  if (old) made.append(below("price of", offer.price_observed_at.slice(0, 10)));
  made.append(...speedOf(offer));
  const share = shareOf(uptime);
  if (share) made.append(below(share));
  return made;
}

function row(line, uptimes, since, placeOf) {
  const made = document.createElement("tr");
  const name = element("th", "", { scope: "row" });
  const place = placeOf(line.model);
  const link = place ? element("a", clean(line.model), { href: place }) : clean(line.model);
  name.append(link);
  if (line.task !== "conversational") name.append(element("span", clean(line.task), { class: "sub" }));
  const best = cheapest(line.offers, since);
  const cells = uptimes.map((uptime, at) => offered(line.offers[at], uptime.get(JSON.stringify([line.model, line.task])), best.has(at), since));
  made.append(name, ...cells);
  uptimes.forEach((_, at) => {
    const offer = line.offers[at];
    if (offer && isPriced(offer, since)) made.dataset[`blended${at}`] = (3 * Number(offer.input_usd_per_mtok) + Number(offer.output_usd_per_mtok)) / 4;
  });
  return made;
}

/**
 * The section of the shared models.
 * @param {{id: string, answer: object, uptime: {rows: object[]}}[]} there the providers
 */
export function sharedSection(there, order, placeOf) {
  const found = shared(there.map(({ answer }) => answer), order);
  const heading = element("h2", HEADING, { id: "shared" });
  if (!found.length) return [heading, element("p", "None: no model was lately seen live with two of them.")];
  const since = there[0].answer.snapshot.recent_since;
  const uptimes = there.map(({ uptime }) => new Map(uptime.rows.map((one) => [JSON.stringify([one.model_id, one.task]), one])));
  const table = document.createElement("table");
  table.className = "shared";
  const cut = found.length > SHOWN ? `The ${SHOWN} most used of ${found.length}. ` : "";
  table.createCaption().textContent = `${cut}Input / output price in USD per million tokens; below it the speed and the share of the known time that it was live. Best: the cheapest of the line at 3:1. Sorting by a provider is by its price at that mix. Unknown is —.`;
  const head = table.createTHead().insertRow();
  head.append(element("th", "Model", { scope: "col" }), ...there.map(({ id }, at) => element("th", clean(id), { scope: "col", class: "n", "data-key": `blended${at}`, "data-rise": "" })));
  table.createTBody().append(...found.slice(0, SHOWN).map((line) => row(line, uptimes, since, placeOf)));
  sortable(table);
  const box = element("div", "", { class: "scroll", tabindex: "0", role: "region", "aria-label": HEADING });
  box.append(table);
  return [heading, box];
}
