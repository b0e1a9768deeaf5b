// Filters and order: one offer passes all, the unknown is last either way, money is exact.
import assert from "node:assert/strict";
import test from "node:test";
import { blended, select } from "../../../site/scripts/lib/filter.js";
import { Index } from "../../../site/scripts/lib/index.js";
import { understand } from "../../../site/scripts/lib/state.js";

const HOT = 0, COLD = 2, ERROR = 3 | (2 << 2), TOOLS = 2 << 4, NO_TOOLS = 1 << 4, JSON_OUT = 2 << 6;

/** An index of models given as {name: [[provider, task, state, in, out, context, tps, ttft, latency], …]}. */
function indexOf(models) {
  const providers = ["alpha", "beta"], tasks = ["conversational", "text-to-image"];
  const offers = Object.values(models).flat();
  const column = (at) => offers.map((offer) => offer[at]);
  return new Index({
    total: Object.keys(models).length, adapters: 0, providers, places: ["providers/alpha/", "providers/beta/"], regions: [["eu"], null], tasks,
    groups: { chat: [0], text: [0], image: [1] }, id: Object.keys(models), odd: {}, offers: Object.values(models).map((own) => own.length),
    provider: column(0), task: column(1), state: column(2), in: column(3), out: column(4), context: column(5), tps: column(6), ttft: column(7), latency: column(8),
  });
}

const index = indexOf({
  "a/split": [[0, 0, HOT | TOOLS, 9e9, 9e9, 4000, 100, 300, 900], [1, 0, HOT | NO_TOOLS, 1e9, 1e9, 128000, 50, 200, 800]],
  "b/zero": [[1, 0, COLD, 0, 0, null, null, null, null]],
  "c/unknown": [[0, 0, HOT, null, 1, 32000, 10, 100, 500]],
  "d/dead": [[0, 0, ERROR, 1, 1, 999000, 999, 1, 1]],
  "e/image": [[0, 1, HOT | JSON_OUT, null, null, null, null, null, 700]],
});

function names(query) {
  const { state } = understand(Object.fromEntries(new URLSearchParams(query)), index);
  return select(index, state).map(({ model }) => index.id[model].slice(0, 1)).join("");
}

test("without filters, every model in the order of use", () => assert.equal(names(""), "abcde"));

test("one offer must pass all filters together", () => {
  assert.equal(names("tools=1"), "a");
  assert.equal(names("context=64k"), "ad");
  assert.equal(names("tools=1&context=64k"), "");
  assert.equal(names("tools=1&price=2"), "");
});

test("what is unknown passes no filter of its value, and zero is a price", () => {
  assert.equal(names("price=0"), "b");
  assert.equal(names("price=1000"), "abd");
  assert.equal(names("tps=10"), "acd");
  assert.equal(names("tools=1&task=image"), "");
});

test("task, provider, region, readiness, structured output", () => {
  assert.equal(names("task=image"), "e");
  assert.equal(names("task=chat"), "abcd");
  assert.equal(names("provider=beta"), "ab");
  assert.equal(names("region=eu"), "acde");
  assert.equal(names("ready=live"), "abce");
  assert.equal(names("ready=hot"), "ace");
  assert.equal(names("ready=warm"), "ace");
  assert.equal(names("json=1"), "e");
});

test("the unknown and the dead come last in both directions", () => {
  assert.equal(names("sort=price"), "bacde");
  assert.equal(names("sort=price&reverse=1"), "abcde");
  assert.equal(names("sort=tps"), "acbde");
  assert.equal(names("sort=tps&reverse=1"), "cabde");
  assert.equal(names("sort=context"), "acbde");
  assert.equal(names("sort=wait"), "caebd");
  assert.equal(names("sort=name&reverse=1"), "edcba");
});

test("a line shows the best passing offer by the order asked for, and counts providers", () => {
  const shown = (query) => {
    const { state } = understand(Object.fromEntries(new URLSearchParams(query)), index);
    const [{ offer, providers }] = select(index, state).filter(({ model }) => model === 0);
    return [index.providers[index.provider[offer]], providers];
  };
  assert.deepEqual(shown(""), ["alpha", 2]);
  assert.deepEqual(shown("sort=price"), ["beta", 2]);
  assert.deepEqual(shown("sort=context"), ["beta", 2]);
  assert.deepEqual(shown("sort=price&tools=1"), ["alpha", 1]);
});

test("the mix decides, exactly, beyond what a double holds", () => {
  const big = indexOf({ "x/y": [[0, 0, HOT, "123456789123456789", "1", 1, 1, 1, 1]] });
  assert.equal(blended(big, 0, [3, 1]), 370370367370370368n);
  const prices = indexOf({ "in/cheap": [[0, 0, HOT, 1, 1000, 1, 1, 1, 1]], "out/cheap": [[0, 0, HOT, 1000, 1, 1, 1, 1, 1]] });
  const first = (mix) => prices.id[select(prices, understand({ sort: "price", mix }, prices).state)[0].model];
  assert.equal(first("9:1"), "in/cheap");
  assert.equal(first("1:9"), "out/cheap");
});

test("rubbish in the address is harmless, and named", () => {
  const { state, wrong } = understand({ task: "../x", provider: "__proto__", price: "1e9", tps: "-1", mix: "0:0", context: "NaN", sort: "constructor", ready: "x", view: "x", region: "us" }, index);
  assert.deepEqual([...wrong].sort(), ["context", "mix", "price", "provider", "ready", "region", "sort", "task", "tps", "view"]);
  assert.equal(select(index, state).length, 5);
  assert.deepEqual(state.mix, [3, 1]);
});

test("a choice is known in any case, and one that is none is named", () => {
  assert.equal(names("provider=BETA"), names("provider=beta"));
  assert.equal(understand({ provider: "BETA", task: "Chat", sort: "TPS" }, index).state.provider, "beta");
  assert.deepEqual(understand({ provider: "BETA", task: "Chat", sort: "TPS", tools: "0", reverse: "1" }, index).wrong, []);
  assert.deepEqual(understand({ tools: "yes", json: "toString", reverse: "-1" }, index).wrong, ["tools", "json", "reverse"]);
});
