// Amounts as typed, the address, and the exact decimals of Parquet.
import assert from "node:assert/strict";
import test from "node:test";
import * as amount from "../../../site/scripts/lib/amount.js";
import { lines, modelProperties } from "../../../site/scripts/lib/compare.js";
import { decimal } from "../../../site/scripts/lib/parquet.js";
import { query, raw } from "../../../site/scripts/lib/state.js";

test("money is read exactly, or not at all", () => {
  assert.equal(amount.nano("0.000000001"), 1n);
  assert.equal(amount.nano("$999999999.999999999"), 999999999999999999n);
  assert.equal(amount.nano(".5"), 500000000n);
  for (const text of ["", ".", "-1", "1e3", "0.0000000001", "1,5", "٣", "NaN"]) assert.equal(amount.nano(text), null, text);
});

test("sizes, numbers and mixes are read, or not at all", () => {
  assert.deepEqual(["64k", "1.5M", "8192", "1.1k"].map(amount.size), [64000, 1500000, 8192, 1100]);
  assert.deepEqual(["1.5", "-1", "k", "9999999999999k", "1e3"].map(amount.size), [null, null, null, null, null]);
  assert.deepEqual(["1,000", "12 345 678", "1.5k", "999,999,999,999"].map(amount.grouped), [1000, 12345678, 1500, 999999999999]);
  assert.deepEqual(["1,0", "1,2,3", "1,0000", ",000", "1,000,00", "1,000 000", "1,000k", "1,,000"].map(amount.grouped), Array(8).fill(null));
  assert.deepEqual(["20", ".5", "1."].map(amount.number), [20, 0.5, 1]);
  assert.deepEqual(["x", "-2", "", "1e5", "Infinity"].map(amount.number), [null, null, null, null, null]);
  assert.deepEqual(["3:1", "0:1", "0:0", "3", "1:-1", "99999:1"].map(amount.mix), [[3, 1], [0, 1], null, null, null, null]);
});

test("the address gives back what it was given, first of two, nothing that means nothing", () => {
  const given = { q: "a&b=c #?", task: "chat", tools: "1", price: "0.5", view: "cards", ready: "" };
  assert.deepEqual(raw(query(given)), { q: "a&b=c #?", task: "chat", tools: "1", price: "0.5", view: "cards" });
  assert.equal(query({ price: "x" }, ["price"]), "");
  assert.equal(query({ evil: "1" }), "");
  assert.equal(raw("?q=1&q=2").q, "1");
});

test("a decimal is exact, from whole numbers and from bytes", () => {
  assert.equal(decimal(123456789123456789n, 9), "123456789.123456789");
  assert.equal(decimal(-5n, 9), "-0.000000005");
  assert.equal(decimal(0n, 0), "0");
  assert.equal(decimal(Uint8Array.of(0xff, 0xfe), 1), "-0.2");
  assert.equal(decimal(Uint8Array.of(0x0d, 0xe0, 0xb6, 0xb3, 0xa7, 0x64, 0x00, 0x00), 11), "10000000.00000000000");
});

test("the lowest known price is the best, whatever its digits, and the unknown never", () => {
  const answer = (price) => ({ model: { parameters: null, likes: null, license: null }, offers: [], fastest: null, cheapest: price && { blended_usd_per_mtok: price, provider: "p", input_usd_per_mtok: "1", output_usd_per_mtok: "1" } });
  const properties = modelProperties([{ label: "Cheapest", value: "cheapest.blended_usd_per_mtok", kind: "price", best: "least" }]);
  const best = (...prices) => lines(properties, prices.map(answer)).find(({ label }) => label.startsWith("Cheapest")).values.map(({ best: is }) => is);
  assert.deepEqual(best("0.100000001", "0.1", null), [false, true, false]);
  assert.deepEqual(best("10", "9"), [false, true]);
  assert.deepEqual(best("0", "1"), [true, false]);
  assert.deepEqual(best("1", "1"), [false, false]);
  assert.deepEqual(best("1", null), [false, false]);
});
