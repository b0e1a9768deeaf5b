// The age of the facts: reckoned in whole days, coloured from 3 and from 30 days on.
import assert from "node:assert/strict";
import test from "node:test";
import { daysSince, told } from "../../../site/scripts/lib/age.js";

const FACTS = "2026-01-01T12:00:00Z";

test("days are whole, and never negative", () => {
  assert.equal(daysSince(FACTS, Date.parse("2026-01-02T11:59:59Z")), 0);
  assert.equal(daysSince(FACTS, Date.parse("2026-01-02T12:00:00Z")), 1);
  assert.equal(daysSince(FACTS, Date.parse("2025-12-31T12:00:00Z")), 0);
});

test("amber from three days on, red from thirty", () => {
  const kinds = [0, 2, 3, 29, 30, 400].map((days) => told(days).kind);
  assert.deepEqual(kinds, ["", "", "older", "older", "very-old", "very-old"]);
  assert.deepEqual([0, 1, 1234].map((days) => told(days).said), ["today", "1 day old", "1,234 days old"]);
});
