// Which models pass, by which of their offers, and in what order. A model passes when one offer passes all filters.

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
  if (!wanted.tasks.has(index.task[offer])) return false;
  if (wanted.provider >= 0 && index.provider[offer] !== wanted.provider) return false;
  if (state.region && !index.regions[index.provider[offer]]?.includes(state.region)) return false;
  if (state.ready && !(index.lately(offer) && index.readiness(offer) < CLASS[state.ready])) return false;
  if (state.tools && !index.tools(offer)) return false;
  if (state.json && !index.structured(offer)) return false;
  if (state.context !== null && !(index.context[offer] !== null && index.context[offer] >= state.context)) return false;
  if (state.tps !== null && !(index.tps[offer] !== null && index.tps[offer] >= state.tps)) return false;
  if (wanted.limit === null) return true;
  const cost = blended(index, offer, state.mix);
  return cost !== null && cost <= wanted.limit;
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Less for the faster: by throughput for chat, else by the latency of a request; infinite where it is unknown. */
export function slowness(index, offer) {
  if (index.task[offer] === index.chat) return index.tps[offer] === null ? INFINITE : -index.tps[offer];
  return index.latency[offer] ?? INFINITE;
}

/** Less for the cheaper offer. Ties as on the command line: input price, speed, then the order of the index. */
function byPrice(index, mix) {
  return (a, b) =>
    compare(blended(index, a, mix), blended(index, b, mix)) ||
    compare(BigInt(index.in[a]), BigInt(index.in[b])) ||
    compare(slowness(index, a), slowness(index, b)) ||
    a - b;
}

function bySpeed(index) {
  return (a, b) =>
    compare(slowness(index, a), slowness(index, b)) ||
    compare(index.ttft[a] ?? INFINITE, index.ttft[b] ?? INFINITE) ||
    a - b;
}

function first(offers, order) {
  let best = null;
  for (const offer of offers) if (best === null || order(offer, best) < 0) best = offer;
  return best;
}

function most(values) {
  let found = null;
  for (const value of values) if (value !== null && (found === null || value > found)) found = value;
  return found;
}

/**
 * What a row says of a model by those of its offers that pass.
 *
 * `price` and `speed` are the numbers of the cheapest and the fastest live offer; where none is recent, of an older one,
 * and `priceOld` or `speedOld` is true.
 */
export function entry(index, model, passing, state) {
  const live = passing.filter((offer) => index.lately(offer));
  const told = live.length ? live : passing;
  const [cheaper, faster] = [byPrice(index, state.mix), bySpeed(index)];
  const priced = (offer) => index.live(offer) && blended(index, offer, state.mix) !== null;
  const measured = (offer) => index.live(offer) && slowness(index, offer) !== INFINITE;
  const price = first(live.filter((offer) => index.isPriced(offer)), cheaper);
  const speed = first(live.filter((offer) => index.isMeasured(offer)), faster);
  return {
    model,
    price: price ?? first(told.filter(priced), cheaper),
    priceOld: price === null,
    speed: speed ?? first(told.filter(measured), faster),
    speedOld: speed === null,
    tasks: [...new Set(told.map((offer) => index.task[offer]))].sort((a, b) => a - b),
    live: new Set(live.map((offer) => index.provider[offer])).size,
    context: most(told.map((offer) => index.context[offer])),
    tools: most(told.map((offer) => index.tools(offer))),
    json: most(told.map((offer) => index.structured(offer))),
    seen: most(passing.map((offer) => index.seen[offer])),
  };
}

/** By what to sort: the value of a row (null: unknown, last either way), and whether the largest comes first. */
const VALUE = {
  new: { of: (index, row) => index.created[row.model], largest: true },
  name: { of: (index, row) => index.id[row.model].toLowerCase(), largest: false },
  task: { of: (index, row) => row.tasks[0], largest: false },
  price: { of: (index, row, state) => (row.priceOld ? null : blended(index, row.price, state.mix)), largest: false },
  speed: { of: (index, row) => (row.speedOld ? null : slowness(index, row.speed)), largest: false },
  live: { of: (_, row) => row.live, largest: true },
  context: { of: (_, row) => row.context, largest: true },
  tools: { of: (_, row) => row.tools, largest: true },
  json: { of: (_, row) => row.json, largest: true },
  seen: { of: (_, row) => row.seen, largest: true },
};

/** Whether what a column shows rises where nobody says otherwise; the highest throughput is the least slow. */
export function rises(sort, tab) {
  return sort === "speed" ? tab !== "chat" : !VALUE[sort].largest;
}

/** The tasks that a state asks for. */
export function tasksOf(index, state) {
  return state.task ? new Set([index.tasks.indexOf(state.task)]) : index.tabs.get(state.tab);
}

/** The models that pass, as rows in the order asked for; those that nobody saw live lately come last. */
export function select(index, state) {
  return new Pool("").grow(index, state);
}

/** What `select` gives for one state while the index grows: only models that were added are looked at. */
export class Pool {
  /** @param {string} key of the state, without the words that are searched for */
  constructor(key) {
    this.key = key;
    this.size = 0; // models looked at
    this.passing = []; // in the order of the index
    this.entries = []; // in the order asked for
  }

  grow(index, state) {
    if (this.size === index.size) return this.entries;
    for (const row of passing(index, state, this.size)) this.passing.push(row);
    this.size = index.size;
    this.entries = ordered(index, [...this.passing], state);
    return this.entries;
  }
}

/** The models that pass, from a number on. */
function passing(index, state, from) {
  const wanted = {
    tasks: tasksOf(index, state),
    provider: state.provider ? index.providers.indexOf(state.provider) : -1,
    limit: state.price === null ? null : state.price * BigInt(state.mix[0] + state.mix[1]),
  };
  const pool = [];
  for (let model = from; model < index.size; model++) {
    const offers = [];
    for (let offer = index.from[model]; offer < index.from[model + 1]; offer++) {
      if (passes(index, offer, state, wanted)) offers.push(offer);
    }
    if (offers.length) pool.push(entry(index, model, offers, state));
  }
  return pool;
}

function ordered(index, pool, state) {
  const sort = VALUE[state.sort];
  if (!sort) return sorted(state.reverse ? pool.reverse() : pool, () => 0);
  const values = new Map(pool.map((row) => [row, sort.of(index, row, state)]));
  return sorted(pool, (a, b) => byValue(values.get(a), values.get(b), sort.largest !== state.reverse) || a.model - b.model);
}

function sorted(pool, order) {
  return pool.sort((a, b) => (a.live === 0) - (b.live === 0) || order(a, b));
}

/** Less for what comes first; the unknown comes last whatever the direction. */
function byValue(a, b, largest) {
  if (a === null || b === null) return (a === null) - (b === null);
  return largest ? compare(b, a) : compare(a, b);
}
