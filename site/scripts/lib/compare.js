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
 * Each is a label, what is shown of an answer, and (where one can be best) a rank: more is better, null is unknown.
 */
export function modelProperties(list) {
  return list.map(({ label, value, kind, best }) => {
    const [part, key] = value.split(".");
    const valueOf = (answer) => (value in VALUES ? VALUES[value](answer) : answer[part]?.[key] ?? null);
    const rank = (answer) => ranked(valueOf(answer), kind, best);
    return [label, (answer) => KINDS[kind](valueOf(answer)), best ? rank : null];
  });
}

function ranked(value, kind, best) {
  if (value === null) return null;
  const number = kind === "price" ? nano(value) : value; // money never passes through a float
  return best === "most" ? number : -number;
}

const rowsLive = ({ rows, snapshot }) => rows.filter((offer) => isLive(offer, snapshot.recent_since));
const priced = ({ rows, snapshot }) => rows.filter((offer) => isPriced(offer, snapshot.recent_since)).length;
const fastest = ({ rows, snapshot }) => largest(rows.filter((offer) => isMeasured(offer, snapshot.recent_since)).map((offer) => offer.throughput_tps));
const context = (listing) => largest(rowsLive(listing).map((offer) => offer.context_length));

/** The lines of a comparison of providers: a label, a text and a rank, as above. */
export const PROVIDER = [
  ["Name", (p) => p.provider.name ?? UNKNOWN],
  ["Regions, as stated", (p) => p.provider.regions?.join(", ") ?? UNKNOWN],
  ["Tasks", (p) => tasksOf(p.rows)],
  ["Offers", (p) => String(p.rows.length), (p) => p.rows.length],
  ["Live offers", (p) => String(rowsLive(p).length), (p) => rowsLive(p).length],
  ["Hot offers", (p) => String(hotOf(p.rows)), (p) => hotOf(p.rows)],
  ["Live offers with known price", (p) => String(priced(p)), priced],
  ["Highest throughput, tokens/s", (p) => rounded(fastest(p)), fastest],
  ["Largest context", (p) => tokens(context(p)), context],
  ["Tools", (p) => some(rowsLive(p), "supports_tools")],
  ["Structured output", (p) => some(rowsLive(p), "supports_structured_output")],
];

/**
 * The lines: each value's text, and whether it is the best of at least two known and different ones.
 * @returns {{label: string, values: {text: string, best: boolean}[]}[]}
 */
export function lines(properties, answers) {
  return properties.map(([label, text, rank]) => {
    const ranks = answers.map((answer) => (rank ? rank(answer) : null));
    const known = ranks.filter((value) => value !== null);
    const top = known.reduce((best, value) => (value > best ? value : best), known[0]);
    const differ = known.some((value) => value < top);
    return { label, values: answers.map((answer, i) => ({ text: text(answer), best: differ && ranks[i] === top })) };
  });
}
