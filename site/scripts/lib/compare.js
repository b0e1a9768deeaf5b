// The lines of a comparison, from the JSON API's answers.
import { price, rounded, seconds, short, tokens, UNKNOWN } from "./format.js";
import { nano } from "./amount.js";

const isRecent = (at, since) => since === null || since === undefined || (at !== null && at >= since);

/** Whether an offer was live when it was seen, and was seen recently; as hf_providers/rules/ranking.py has it. */
export function isLive(offer, since) {
  return offer.status === "live" && isRecent(offer.observed_at, since);
}

/** Whether it is live at a price that was stated recently. */
export function isPriced(offer, since) {
  const known = offer.input_usd_per_mtok !== null && offer.output_usd_per_mtok !== null;
  return known && isLive(offer, since) && isRecent(offer.price_observed_at, since);
}

/** Whether it is live at a speed that was measured recently. */
export function isMeasured(offer, since) {
  const measure = offer.task === "conversational" ? offer.throughput_tps : offer.request_latency_ms;
  return measure !== null && isLive(offer, since) && isRecent(offer.measured_at, since);
}

const live = ({ offers, snapshot }) => offers.filter((offer) => isLive(offer, snapshot.recent_since));
function largest(values) {
  const known = values.filter((value) => value !== null);
  return known.length ? Math.max(...known) : null;
}

function some(offers, column) {
  const said = offers.map((offer) => offer[column]).filter((value) => value !== null);
  return said.length ? `${said.filter(Boolean).length} of ${said.length} offers` : UNKNOWN;
}

const providersOf = (answer) => new Set(live(answer).map((offer) => offer.provider)).size;
const hotOf = (offers) => offers.filter((offer) => offer.readiness === "hot").length;
const contextOf = (answer) => largest(live(answer).map((offer) => offer.context_length));
const tasksOf = (offers) => [...new Set(offers.map((offer) => offer.task))].sort().join(", ") || UNKNOWN;

/** The task that speaks for a model, as main_task in hf_providers/rules/ranking.py has it. */
function mainTask(offers) {
  const counts = new Map();
  for (const { task, status } of offers) {
    const [alive, every] = counts.get(task) ?? [0, 0];
    counts.set(task, [alive + (status === "live"), every + 1]);
  }
  if (counts.has("conversational")) return "conversational";
  const order = ([a, [live1, all1]], [b, [live2, all2]]) => live2 - live1 || all2 - all1 || (a < b ? -1 : 1);
  return [...counts].sort(order)[0]?.[0];
}

/** Less for the faster offer of two: by throughput for chat, else by latency; then by first token, then by name. */
function bySpeed(a, b) {
  const key = (offer) => (offer.task === "conversational" ? -offer.throughput_tps : offer.request_latency_ms);
  const wait = (offer) => offer.ttft_ms ?? Number.MAX_VALUE;
  const name = (offer) => `${offer.provider}\n${offer.provider_model_id}`;
  return key(a) - key(b) || wait(a) - wait(b) || (name(a) < name(b) ? -1 : 1);
}

/** The fastest offer by recent measurements; where there is none, by older ones of its live offers. */
function fastestOf(answer) {
  const task = mainTask(answer.offers);
  return answer.fastest ?? live(answer).filter((offer) => offer.task === task && isMeasured(offer)).sort(bySpeed)[0] ?? null;
}

const dayOf = (at) => at?.slice(0, 10) ?? "date unknown";

/** What is counted from a model's offers; pipeline/site/pages/compare.py counts the same. */
const VALUES = {
  tasks: (a) => tasksOf(a.offers),
  live_providers: providersOf,
  hot_offers: (a) => hotOf(a.offers),
  largest_context: contextOf,
  tools: (a) => some(live(a), "supports_tools"),
  structured_output: (a) => some(live(a), "supports_structured_output"),
};

/** How a value is written. */
const KINDS = {
  text: (value) => (value === null || value === "" ? UNKNOWN : String(value)),
  price,
  rounded,
  seconds,
  short,
  tokens,
};

/**
 * The lines of a comparison of models, from the list that the page has of them (pipeline/site/pages/compare.py).
 * Each is a label, what is shown of an answer, a rank (more is better, null is unknown), and the date of an old speed,
 * which is shown with it and is not judged.
 */
export function modelProperties(list) {
  return list.map(({ label, value, kind, best }) => {
    const [part, key] = value.split(".");
    const picked = (answer) => (part === "fastest" ? fastestOf(answer) : answer[part]);
    const valueOf = (answer) => (value in VALUES ? VALUES[value](answer) : picked(answer)?.[key] ?? null);
    const rank = (answer) => ranked(valueOf(answer), kind, best);
    const speed = part === "fastest" && kind !== "text";
    const old = (answer) => (speed && !answer.fastest && valueOf(answer) !== null ? dayOf(fastestOf(answer).measured_at) : null);
    return [label, (answer) => KINDS[kind](valueOf(answer)), best ? rank : null, old];
  });
}

function ranked(value, kind, best) {
  if (value === null) return null;
  const number = kind === "price" ? nano(value) : value; // money never passes through a float
  return best === "most" ? number : -number;
}

const rowsLive = ({ rows, snapshot }) => rows.filter((offer) => isLive(offer, snapshot.recent_since));
const priced = ({ rows, snapshot }) => rows.filter((offer) => isPriced(offer, snapshot.recent_since)).length;
const chat = (listing) => rowsLive(listing).filter((offer) => offer.throughput_tps !== null);
const fastest = ({ rows, snapshot }) => largest(rows.filter((offer) => isMeasured(offer, snapshot.recent_since)).map((offer) => offer.throughput_tps));
const fastestKnown = (listing) => fastest(listing) ?? largest(chat(listing).map((offer) => offer.throughput_tps));
const fastestOld = (listing) => {
  if (fastest(listing) !== null || !chat(listing).length) return null;
  return dayOf(chat(listing).sort((a, b) => b.throughput_tps - a.throughput_tps)[0].measured_at);
};
const context = (listing) => largest(rowsLive(listing).map((offer) => offer.context_length));

/** The lines of a comparison of providers: a label, a text, a rank and the date of an old value, as above. */
export const PROVIDER = [
  ["Name", (p) => p.provider.name ?? UNKNOWN],
  ["Regions, as stated", (p) => p.provider.regions?.join(", ") ?? UNKNOWN],
  ["Tasks", (p) => tasksOf(p.rows)],
  ["Offers", (p) => String(p.rows.length), (p) => p.rows.length],
  ["Live offers", (p) => String(rowsLive(p).length), (p) => rowsLive(p).length],
  ["Hot offers", (p) => String(hotOf(p.rows)), (p) => hotOf(p.rows)],
  ["Live offers with known price", (p) => String(priced(p)), priced],
  ["Highest throughput, tokens/s", (p) => rounded(fastestKnown(p)), fastest, fastestOld],
  ["Largest context", (p) => tokens(context(p)), context],
  ["Tools", (p) => some(rowsLive(p), "supports_tools")],
  ["Structured output", (p) => some(rowsLive(p), "supports_structured_output")],
];

/**
 * The lines: each value's text, and whether it is the best of at least two known and different ones. What reads the
 * same is equally good: 1,048,576 tokens are no better than 1,000,000, as both are 1M.
 * @returns {{label: string, values: {text: string, best: boolean, date: ?string}[]}[]} a date where the value is old
 */
export function lines(properties, answers) {
  return properties.map(([label, text, rank, old]) => {
    const all = answers.map((answer) => ({ text: text(answer), rank: rank?.(answer) ?? null, date: old?.(answer) ?? null }));
    const known = all.filter((value) => value.rank !== null && !value.date);
    const top = known.reduce((best, value) => (value.rank > best.rank ? value : best), known[0]);
    const differ = known.some((value) => value.text !== top.text);
    const values = all.map((value) => ({ text: value.text, best: differ && known.includes(value) && value.text === top.text, date: value.date }));
    return { label, values };
  });
}
