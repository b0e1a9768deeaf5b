// Which models pass, by which of their offers, and in what order. A model passes when one offer passes all filters.
import { READINESS } from "./index.js";

const INFINITE = Number.POSITIVE_INFINITY;
const CLASS = { live: 3, warm: 2, hot: 1 }; // the readinesses below it pass

/** What an offer costs for the mix's tokens, in nano-USD; null unless both prices are known. @returns {?bigint} */
export function blended(index, offer, mix) {
  const [given, taken] = [index.in[offer], index.out[offer]];
  if (given === null || taken === null) return null;
  return BigInt(given) * BigInt(mix[0]) + BigInt(taken) * BigInt(mix[1]);
}

/** Whether one offer passes all filters. What is unknown passes no filter of its value. */
function passes(index, offer, state, wanted) {
  if (wanted.tasks && !wanted.tasks.has(index.task[offer])) return false;
  if (wanted.provider >= 0 && index.provider[offer] !== wanted.provider) return false;
  if (state.region && !index.regions[index.provider[offer]]?.includes(state.region)) return false;
  if (state.ready && !(index.live(offer) && index.readiness(offer) < CLASS[state.ready])) return false;
  if (state.tools && !index.tools(offer)) return false;
  if (state.json && !index.structured(offer)) return false;
  if (state.context !== null && !(index.context[offer] !== null && index.context[offer] >= state.context)) return false;
  if (state.tps !== null && !(index.tps[offer] !== null && index.tps[offer] >= state.tps)) return false;
  if (wanted.limit === null) return true;
  const cost = blended(index, offer, state.mix);
  return cost !== null && cost <= wanted.limit;
}

/** Less for the offer to be shown: the ready, the fast, the quick one. */
function byReadiness(index, a, b) {
  return (
    (index.task[a] !== index.chat) - (index.task[b] !== index.chat) ||
    index.readiness(a) - index.readiness(b) ||
    compare(slowness(index, a), slowness(index, b)) ||
    compare(index.ttft[a] ?? INFINITE, index.ttft[b] ?? INFINITE) ||
    index.provider[a] - index.provider[b]
  );
}

function slowness(index, offer) {
  if (index.task[offer] === index.chat) return index.tps[offer] === null ? INFINITE : -index.tps[offer];
  return index.latency[offer] ?? INFINITE;
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By what to sort: the value of an offer (null: unknown, last either way), and whether the largest comes first. */
const VALUE = {
  price: { of: (index, offer, state) => blended(index, offer, state.mix), largest: false },
  tps: { of: (index, offer) => index.tps[offer], largest: true },
  wait: { of: (index, offer) => index.wait(offer), largest: false },
  context: { of: (index, offer) => index.context[offer], largest: true },
};

/**
 * The models that pass, sorted, each with the best of its offers that pass and by how many providers those are.
 * @returns {{model: number, offer: number, providers: number, value: *}[]}
 */
export function select(index, state) {
  const wanted = {
    tasks: state.task ? index.groups.get(state.task) : null,
    provider: state.provider ? index.providers.indexOf(state.provider) : -1,
    limit: state.price === null ? null : state.price * BigInt(state.mix[0] + state.mix[1]),
  };
  const sort = VALUE[state.sort];
  const pool = [];
  for (let model = 0; model < index.size; model++) {
    const passing = [];
    for (let offer = index.from[model]; offer < index.from[model + 1]; offer++) {
      if (passes(index, offer, state, wanted)) passing.push(offer);
    }
    if (passing.length) pool.push(entry(index, model, passing, state, sort));
  }
  return ordered(index, pool, state, sort);
}

function entry(index, model, passing, state, sort) {
  const providers = passing.length === 1 ? 1 : new Set(passing.map((offer) => index.provider[offer])).size;
  let best = null;
  for (const offer of passing) {
    // An offer that is not live is no cheapest and no fastest one, whatever it lists.
    const value = sort && index.live(offer) ? sort.of(index, offer, state) : null;
    const found = { model, offer, providers, value };
    if (!best || byValue(found, best, sort?.largest) < 0 || (best.value === value && byReadiness(index, offer, best.offer) < 0)) {
      best = found;
    }
  }
  return best;
}

/** Less for what comes first; the unknown comes last whatever the direction. */
function byValue(a, b, largest) {
  if (a.value === null || b.value === null) return (a.value === null) - (b.value === null);
  return largest ? compare(b.value, a.value) : compare(a.value, b.value);
}

function ordered(index, pool, state, sort) {
  if (sort) return pool.sort((a, b) => byValue(a, b, sort.largest !== state.reverse) || a.model - b.model);
  if (state.sort === "name") {
    const names = new Map(pool.map(({ model }) => [model, index.id[model].toLowerCase()]));
    pool.sort((a, b) => compare(names.get(a.model), names.get(b.model)) || a.model - b.model);
  }
  return state.reverse ? pool.reverse() : pool;
}

/** The word for an offer's readiness by its number, for the mark's class. */
export function readinessClass(index, offer) {
  return READINESS[index.readiness(offer)];
}
