// The search index as pipeline/site/index.py writes it: columns, read in place, parts added as they come.
import { describe, learn, numbersAt } from "./search.js";

const FLAG = [null, false, true];
const COLUMNS = ["provider", "task", "state", "in", "out", "context", "tps", "ttft", "latency", "seen", "priced", "measured"];
const SLICE = 100; // models made searchable without a look at the clock
const HOLD_MS = 4; // after so long a key that was pressed has its turn

/** All models that are loaded so far. Offers of model `m` are the numbers from `from[m]` up to `from[m + 1]`. */
export class Index {
  constructor(first) {
    this.total = first.total;
    this.providers = first.providers;
    this.places = first.places;
    this.regions = first.regions;
    this.tasks = first.tasks;
    this.marks = first.marks;
    this.anchors = first.anchors;
    this.tabs = new Map(Object.entries(first.tabs).map(([name, tasks]) => [name, new Set(tasks)]));
    this.chat = first.tasks.indexOf("conversational");
    this.adapters = first.adapters;
    this.id = [];
    this.place = [];
    this.hay = [];
    this.bare = [];
    this.mask = [];
    this.vocabulary = new Map();
    this.numbers = []; // of each model's name, once a search has asked for them
    this.respelt = new Map(); // what words were probably meant, by what was typed
    this.known = new Set(); // the ids in small letters
    this.from = [0];
    this.created = [];
    for (const column of COLUMNS) this[column] = [];
    this.add(first, first.id.map(describe));
  }

  get size() {
    return this.id.length;
  }

  /** Take in the models of a part, whose search texts are given. */
  add(part, described) {
    part.id.forEach((name, i) => {
      const { hay, bare, mask } = described[i];
      this.id.push(name);
      this.known.add(name.toLowerCase());
      this.place.push(part.odd[i] ?? `models/${name}/`);
      this.hay.push(hay);
      this.bare.push(bare);
      this.mask.push(mask);
      this.created.push(part.created[i]);
      this.from.push(this.from.at(-1) + part.offers[i]);
      learn(this.vocabulary, hay);
    });
    for (const column of COLUMNS) for (const value of part[column]) this[column].push(value);
  }

  readiness(offer) {
    return this.state[offer] & 3;
  }

  live(offer) {
    return ((this.state[offer] >> 2) & 3) === 0;
  }

  /** Whether an offer is live and was seen lately. */
  lately(offer) {
    return (this.state[offer] & 256) !== 0;
  }

  /** Whether, besides, its price was stated lately. */
  isPriced(offer) {
    return (this.state[offer] & 512) !== 0;
  }

  /** Whether, besides, its speed was measured lately. */
  isMeasured(offer) {
    return (this.state[offer] & 1024) !== 0;
  }

  /** Where an offer's row is, relative to the site's root. */
  anchor(model, offer) {
    const provider = this.places[this.provider[offer]].slice("providers/".length, -1);
    return `${this.place[model]}#offer/${provider}${this.anchors[this.task[offer]]}`;
  }

  /** Whether a model has an offer for one of some tasks. */
  serves(model, tasks) {
    for (let offer = this.from[model]; offer < this.from[model + 1]; offer++) if (tasks.has(this.task[offer])) return true;
    return false;
  }

  tools(offer) {
    return FLAG[(this.state[offer] >> 4) & 3];
  }

  structured(offer) {
    return FLAG[(this.state[offer] >> 6) & 3];
  }
}

/** The JSON at an address of this site. */
export async function json(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${new URL(address, location.href).pathname}: ${answer.status}`);
  return answer.json();
}

/** A function to wait for between slices of long work, so that it never holds up the page for long. */
function turns() {
  let begun = performance.now();
  return async () => {
    if (performance.now() - begun < HOLD_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    begun = performance.now();
  };
}

/** Read the numbers of all names, without ever holding up the page for long: else the first key with a number would. */
export async function readNumbers(index) {
  const turn = turns();
  for (let model = 0; model < index.size; model++) {
    numbersAt(index, model);
    if (model % SLICE === SLICE - 1) await turn();
  }
}

/** Add the part at an address without ever holding up the page for long. */
export async function extend(index, address) {
  const part = await json(address);
  const turn = turns();
  let offer = 0;
  for (let at = 0; at < part.id.length; at += SLICE) {
    const slice = sliced(part, at, offer);
    offer += slice.provider.length;
    index.add(slice, slice.id.map(describe));
    await turn();
  }
}

/** Some models of a part, with their offers. */
function sliced(part, at, offer) {
  const offers = part.offers.slice(at, at + SLICE);
  const until = offer + offers.reduce((sum, count) => sum + count, 0);
  const columns = COLUMNS.map((column) => [column, part[column].slice(offer, until)]);
  const odd = Object.fromEntries(Object.entries(part.odd).map(([i, place]) => [i - at, place]));
  const ids = part.id.slice(at, at + SLICE);
  return { id: ids, created: part.created.slice(at, at + SLICE), odd, offers, ...Object.fromEntries(columns) };
}
