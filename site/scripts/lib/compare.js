// The lines of a comparison, from the JSON API's answers; pipeline/site/pages/compare.py has the same for models.
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
const picked = (answer, pick, column) => answer[pick]?.[column] ?? null;
const nanoOf = (text) => (text === null ? null : nano(text));
const lower = (value) => (value === null ? null : -value);

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

/** A label, what is shown of an answer, and (where one can be best) a rank: more is better, null is unknown. */
export const MODEL = [
  ["Task", (a) => tasksOf(a.offers)],
  ["Parameters", (a) => short(a.model.parameters)],
  ["License", (a) => a.model.license ?? UNKNOWN],
  ["Live providers", (a) => String(providersOf(a)), providersOf],
  ["Hot offers", (a) => String(hotOf(a.offers)), (a) => hotOf(a.offers)],
  ["Cheapest, blended 3:1, $/1M", (a) => price(picked(a, "cheapest", "blended_usd_per_mtok")), (a) => lower(nanoOf(picked(a, "cheapest", "blended_usd_per_mtok")))],
  ["… input, $/1M", (a) => price(picked(a, "cheapest", "input_usd_per_mtok"))],
  ["… output, $/1M", (a) => price(picked(a, "cheapest", "output_usd_per_mtok"))],
  ["… from", (a) => picked(a, "cheapest", "provider") ?? UNKNOWN],
  ["Fastest, tokens/s", (a) => rounded(picked(a, "fastest", "throughput_tps")), (a) => picked(a, "fastest", "throughput_tps")],
  ["… time to first token", (a) => seconds(picked(a, "fastest", "ttft_ms")), (a) => lower(picked(a, "fastest", "ttft_ms"))],
  ["… whole request", (a) => seconds(picked(a, "fastest", "request_latency_ms")), (a) => lower(picked(a, "fastest", "request_latency_ms"))],
  ["… from", (a) => picked(a, "fastest", "provider") ?? UNKNOWN],
  ["Largest context served", (a) => tokens(contextOf(a)), contextOf],
  ["Tools", (a) => some(live(a), "supports_tools")],
  ["Structured output", (a) => some(live(a), "supports_structured_output")],
  ["Likes", (a) => short(a.model.likes)],
];

const rowsLive = ({ rows, snapshot }) => rows.filter((offer) => isLive(offer, snapshot.recent_since));
const priced = ({ rows, snapshot }) => rows.filter((offer) => isPriced(offer, snapshot.recent_since)).length;
const fastest = ({ rows, snapshot }) => largest(rows.filter((offer) => isMeasured(offer, snapshot.recent_since)).map((offer) => offer.throughput_tps));
const context = (listing) => largest(rowsLive(listing).map((offer) => offer.context_length));

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
