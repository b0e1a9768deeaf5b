// Tables that sort: what a cell is worth, and the order of rows.
import assert from "node:assert/strict";
import test from "node:test";
import { ordered, valueOf } from "../../../site/scripts/lib/sortable.js";

test("a cell is worth its number, its day or its text, and nothing where it is unknown", () => {
  const numbers = [["0.037", 0.037], ["1,234.5", 1234.5], ["131k", 131000], ["1M", 1e6], ["0.62s", 0.62], ["×1.25 of 9", 1.25], ["99.9 %", 99.9], ["$0.70 2026-07-22", 0.7], ["✓", 1], ["–", 0], ["—", null], ["", null]];
  for (const [text, value] of numbers) assert.equal(valueOf(text, true), value, text);
  assert.equal(valueOf("2026-07-22", true), "2026-07-22");
  assert.equal(valueOf(" Novita ", false), "novita");
});

test("both ways, the unknown and the old come last", () => {
  const rows = () => [[3, 0], [null, 0], [1, 0], [2, 1], [9, 1]].map(([value, old]) => ({ value, old: Boolean(old) }));
  assert.deepEqual(ordered(rows(), true).map(({ value }) => value), [1, 3, null, 2, 9]);
  assert.deepEqual(ordered(rows(), false).map(({ value }) => value), [3, 1, null, 9, 2]);
});
