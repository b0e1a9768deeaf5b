// Filters and order: one offer passes all, the unknown is last either way, money is exact.
import assert from "node:assert/strict";
import test from "node:test";
import { blended, Pool, select } from "../../../site/scripts/lib/filter.js";
import { Index } from "../../../site/scripts/lib/index.js";
import { understand } from "../../../site/scripts/lib/state.js";

const OLD = 1 << 30; // taken off again below: an offer that nobody saw lately
const LIVE = 256, PRICED = 512, MEASURED = 1024;
const HOT = 0, COLD = 2, ERROR = 3 | (2 << 2), TOOLS = 2 << 4, NO_TOOLS = 1 << 4, JSON_OUT = 2 << 6;

/** The state of an offer with the bits that the pipeline sets for what is recent. */
function stated([, task, state, given, taken, , tps, , latency]) {
  if (state & OLD) return state & ~OLD;
  if (state >> 2 & 3) return state;
  const speed = task === 0 ? tps : latency;
  return state | LIVE | (given !== null && taken !== null ? PRICED : 0) | (speed !== null ? MEASURED : 0);
}

/** An index of models given as {name: [[provider, task, state, in, out, context, tps, ttft, latency], …]}. */
function indexOf(models) {
  const providers = ["alpha", "beta"], tasks = ["conversational", "text-to-image"];
  const offers = Object.values(models).flat();
  const column = (at) => offers.map((offer) => offer[at]);
  const none = offers.map(() => null);
  return new Index({
    total: Object.keys(models).length, adapters: 0, providers, places: ["providers/alpha/", "providers/beta/"], regions: [["eu"], null], tasks,
    marks: [["al", 1], ["be", 2]], anchors: ["", "/text-to-image"], tabs: { chat: [0], image: [1] },
    id: Object.keys(models), odd: {}, offers: Object.values(models).map((own) => own.length), created: Object.keys(models).map((_, i) => i * 7 % 5),
    provider: column(0), task: column(1), state: offers.map(stated), in: column(3), out: column(4), context: column(5), tps: column(6), ttft: column(7), latency: column(8),
    seen: offers.map((_, i) => 20_000 + i), priced: none, measured: none,
  });
}

const index = indexOf({
  "a/split": [[0, 0, HOT | TOOLS, 9e9, 9e9, 4000, 100, 300, 900], [1, 0, HOT | NO_TOOLS, 1e9, 1e9, 128000, 50, 200, 800]],
  "b/zero": [[1, 0, COLD, 0, 0, null, null, null, null]],
  "c/unknown": [[0, 0, HOT, null, 1, 32000, 10, 100, 500]],
  "d/dead": [[0, 0, ERROR, 1, 1, 999000, 999, 1, 1]],
  "e/image": [[0, 1, HOT | JSON_OUT, null, null, null, null, null, 700]],
  "f/old": [[0, 0, HOT | OLD, 1, 1, 1, 5000, 1, 1]],
});

function found(query, of = index) {
  const { state } = understand(Object.fromEntries(new URLSearchParams(query)), of);
  return select(of, { ...state, tab: new URLSearchParams(query).get("tab") ?? "chat" });
}

function names(query) {
  return found(query).map(({ model }) => index.id[model].slice(0, 1)).join("");
}

test("without filters, a tab's models in the order of use, those that nobody saw lately last", () => {
  assert.equal(names(""), "abcdf");
  assert.equal(names("tab=image"), "e");
  assert.equal(found("").map(({ live }) => live).join(""), "21100");
});

test("a pool that grows with the index is as if all had been there, and keeps the rows that it had", () => {
  for (const query of ["", "reverse=1", "sort=price", "sort=new&reverse=1", "tools=0", "tab=image"]) {
    const { state: said } = understand(Object.fromEntries(new URLSearchParams(query)), index);
    const state = { ...said, tab: new URLSearchParams(query).get("tab") ?? "chat" };
    const pool = new Pool("");
    let before = [];
    for (let size = 0; size <= index.size; size++) {
      const rows = pool.grow(Object.create(index, { size: { value: size } }), state);
      assert.ok(before.every((row) => rows.includes(row)));
      before = rows;
    }
    assert.deepEqual(before, found(query));
  }
});

test("one offer must pass all filters together", () => {
  assert.equal(names("tools=1"), "a");
  assert.equal(names("context=64k"), "ad");
  assert.equal(names("tools=1&context=64k"), "");
  assert.equal(names("tools=1&price=2"), "");
});

test("what is unknown passes no filter of its value, and zero is a price", () => {
  assert.equal(names("price=0"), "b");
  assert.equal(names("price=1000"), "abdf");
  assert.equal(names("tps=10"), "acdf");
  assert.equal(names("tools=1&tab=image"), "");
});

test("task, provider, region, readiness, structured output", () => {
  assert.equal(names("task=text-to-image&tab=image"), "e");
  assert.equal(names("provider=beta"), "ab");
  assert.equal(names("region=eu"), "acdf");
  assert.equal(names("ready=live"), "abc");
  assert.equal(names("ready=hot"), "ac");
  assert.equal(names("ready=warm"), "ac");
  assert.equal(names("json=1&tab=image"), "e");
});

test("every column sorts both ways, and the unknown and the old come last in both", () => {
  assert.equal(names("sort=price"), "bacdf");
  assert.equal(names("sort=price&reverse=1"), "abcdf");
  assert.equal(names("sort=speed"), "acbdf");
  assert.equal(names("sort=speed&reverse=1"), "cabdf");
  assert.equal(names("sort=tps"), names("sort=speed"));
  assert.equal(names("sort=context"), "acbdf");
  assert.equal(names("sort=context&reverse=1"), "cabfd");
  assert.equal(names("sort=live"), "abcdf");
  assert.equal(names("sort=live&reverse=1"), "bcadf");
  assert.equal(names("sort=tools"), "abcdf");
  assert.equal(names("sort=seen"), "cbafd");
  assert.equal(names("sort=name&reverse=1"), "cbafd");
  assert.equal(names("sort=new"), "cbadf"); // created: 0 2 4 1 3 0
});

test("a row names the cheapest and the fastest of the offers that pass, and counts live providers", () => {
  const shown = (query) => {
    const row = found(query).find(({ model }) => model === 0);
    return [row.price, row.speed, row.live, row.context, row.tools];
  };
  assert.deepEqual(shown(""), [1, 0, 2, 128000, true]);
  assert.deepEqual(shown("tools=1"), [0, 0, 1, 4000, true]);
  assert.deepEqual(shown("provider=beta"), [1, 1, 1, 128000, false]);
  assert.deepEqual(shown("tps=60"), [0, 0, 1, 4000, true]);
});

test("an old price and an old speed are shown as such, and an offer that is down has neither", () => {
  const [old] = found("").slice(-1);
  assert.deepEqual([old.price, old.priceOld, old.speed, old.speedOld, old.live], [6, true, 6, true, 0]);
  const dead = found("").find(({ model }) => model === 3);
  assert.deepEqual([dead.price, dead.speed, dead.live], [null, null, 0]);
});

test("equal prices are decided by speed, then by the order of the index", () => {
  const equal = indexOf({ "x/y": [[0, 0, HOT, 2, 2, 1, null, 1, 1], [1, 0, HOT, 2, 2, 1, 9, 1, 1]], "x/z": [[0, 0, HOT, 2, 2, 1, null, 1, 1], [1, 0, HOT, 2, 2, 1, null, 1, 1]] });
  assert.deepEqual(found("", equal).map(({ price }) => price), [1, 2]);
});

test("the mix decides, exactly, beyond what a double holds", () => {
  const big = indexOf({ "x/y": [[0, 0, HOT, "123456789123456789", "1", 1, 1, 1, 1]] });
  assert.equal(blended(big, 0, [3, 1]), 370370367370370368n);
  const prices = indexOf({ "in/cheap": [[0, 0, HOT, 1, 1000, 1, 1, 1, 1]], "out/cheap": [[0, 0, HOT, 1000, 1, 1, 1, 1, 1]] });
  const first = (mix) => prices.id[found(`sort=price&mix=${mix}`, prices)[0].model];
  assert.equal(first("9:1"), "in/cheap");
  assert.equal(first("1:9"), "out/cheap");
});

test("rubbish in the address is harmless, and named", () => {
  const { state, wrong } = understand({ task: "../x", provider: "__proto__", price: "1e9", tps: "-1", mix: "0:0", context: "NaN", sort: "constructor", ready: "x", view: "x", region: "us" }, index);
  assert.deepEqual([...wrong].sort(), ["context", "mix", "price", "provider", "ready", "region", "sort", "task", "tps", "view"]);
  assert.equal(select(index, { ...state, tab: "chat" }).length, 5);
  assert.deepEqual(state.mix, [3, 1]);
});

test("a choice is known in any case, and one that is none is named", () => {
  assert.equal(names("provider=BETA"), names("provider=beta"));
  assert.equal(understand({ provider: "BETA", task: "Text-To-Image", sort: "TPS" }, index).state.provider, "beta");
  assert.deepEqual(understand({ provider: "BETA", task: "Text-To-Image", sort: "TPS", tools: "0", reverse: "1" }, index).wrong, []);
  assert.deepEqual(understand({ tools: "yes", json: "toString", reverse: "-1" }, index).wrong, ["tools", "json", "reverse"]);
});
