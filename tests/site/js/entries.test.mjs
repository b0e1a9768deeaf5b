// The browser's history: a word has one entry, made after its first letter is painted or before any other entry.
import assert from "node:assert/strict";
import test from "node:test";
import { Entries } from "../../../site/scripts/lib/entries.js";

/** A page whose address is `at`, and the entries that a browser would have. */
function opened(at) {
  const page = { at, entries: [at] };
  globalThis.location = { get pathname() { return page.entries.at(-1); }, search: "", hash: "" };
  globalThis.history = {
    pushState: (_, __, url) => page.entries.push(url),
    replaceState: (_, __, url) => page.entries.splice(-1, 1, url),
  };
  return [page, new Entries(() => page.at)];
}

test("a word has the entry of its first letter, which the next letters replace", () => {
  const [page, entries] = opened("/");
  page.at = "/?q=q";
  entries.begin();
  assert.deepEqual(page.entries, ["/"]);
  page.at = "/?q=qw";
  entries.note(false);
  assert.deepEqual(page.entries, ["/", "/?q=qw"]);
});

test("a choice made before the word has its entry comes after it", () => {
  const [page, entries] = opened("/");
  page.at = "/?q=q";
  entries.begin();
  page.at = "/?q=q&tools";
  entries.note(true);
  assert.deepEqual(page.entries, ["/", "/?q=q", "/?q=q&tools"]);
});

test("who leaves before the word has its entry gets none", () => {
  const [page, entries] = opened("/");
  page.at = "/?q=q";
  entries.begin();
  entries.leave();
  entries.enter();
  assert.deepEqual(page.entries, ["/"]);
});

test("an address that is there already gets no second entry", () => {
  const [page, entries] = opened("/?q=q");
  entries.note(true);
  assert.deepEqual(page.entries, ["/?q=q"]);
});

test("the entry is made after the frame", async () => {
  const [page, entries] = opened("/");
  page.at = "/?q=q";
  entries.begin();
  entries.enterSoon();
  assert.deepEqual(page.entries, ["/"]);
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(page.entries, ["/", "/?q=q"]);
});
