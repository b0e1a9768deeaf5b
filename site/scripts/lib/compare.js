// The lines of a comparison, from the JSON API's answers; pipeline/site/pages/compare.py has the same for models.
import { price, rounded, seconds, short, tokens, UNKNOWN } from "./format.js";
import { nano } from "./amount.js";

const live = (answer) => answer.offers.filter((offer) => offer.status === "live");
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

const rowsLive = (listing) => listing.rows.filter((offer) => offer.status === "live");
const priced = (listing) => rowsLive(listing).filter((offer) => offer.input_usd_per_mtok !== null && offer.output_usd_per_mtok !== null).length;
const fastest = (listing) => largest(rowsLive(listing).map((offer) => offer.throughput_tps));
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
