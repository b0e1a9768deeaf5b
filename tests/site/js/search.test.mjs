// Search: the id, the name, words in any order, then wrong letters; the most used first.
import assert from "node:assert/strict";
import test from "node:test";
import { describe, distance, find, learn } from "../../../site/scripts/lib/search.js";

const IDS = ["acme/deepseek-r1-mini", "deepseek-ai/DeepSeek-R1", "Qwen/Qwen2.5-Coder-32B", "deepseek-ai/DeepSeek-R1-0528", "black-forest-labs/FLUX.1-dev", "openai/gpt-oss-20b", "meta/Llama-3.1-8B", "日本/モデル"];
const described = IDS.map(describe);
const vocabulary = new Map();
for (const { hay } of described) learn(vocabulary, hay);
const index = { id: IDS, vocabulary, numbers: [], respelt: new Map(), known: new Set(IDS.map((id) => id.toLowerCase())), ...Object.fromEntries(["hay", "bare", "mask"].map((name) => [name, described.map((one) => one[name])])) };
const pool = IDS.map((_, model) => ({ model }));
const found = (query) => find(index, pool, query).found.map(({ model }) => IDS[model]);

test("nothing typed is everything in its order", () => assert.deepEqual(found("  "), IDS));

test("an id or a name comes before what only has its words", () => {
  assert.equal(found("deepseek-ai/deepseek-r1")[0], "deepseek-ai/DeepSeek-R1");
  assert.deepEqual(found("deepseek r1"), ["deepseek-ai/DeepSeek-R1", "acme/deepseek-r1-mini", "deepseek-ai/DeepSeek-R1-0528"]);
  assert.equal(found("DEEPSEEKR1")[0], "deepseek-ai/DeepSeek-R1");
});

test("all words, in any order, and parts of words", () => {
  assert.deepEqual(found("coder qwen"), ["Qwen/Qwen2.5-Coder-32B"]);
  assert.deepEqual(found("2.5 32b"), ["Qwen/Qwen2.5-Coder-32B"]);
  assert.deepEqual(found("flux1"), ["black-forest-labs/FLUX.1-dev"]);
  assert.deepEqual(found("lama"), ["meta/Llama-3.1-8B"]);
  assert.deepEqual(found("coder llama"), []);
});

test("wrong letters only where nothing is spelt like that", () => {
  for (const [typed, meant] of [["deepsek-r1", "deepseek-ai/DeepSeek-R1"], ["gtp-oss-20b", "openai/gpt-oss-20b"], ["qwne coder", "Qwen/Qwen2.5-Coder-32B"]]) {
    assert.equal(find(index, pool, typed).how, "typo");
    assert.equal(found(typed)[0], meant);
  }
  assert.equal(find(index, pool, "deepseek").how, "words");
  assert.deepEqual(found("zzzzzzzz"), []);
});

test("a number is never taken for another without a word", () => {
  const how = (query) => find(index, pool, query).how;
  for (const typed of ["deepseek r2", "gpt-oss-21b", "openai/gpt-oss-120b", "Qwen2.5-Coder-31B", "llama 3.2 8b", "llama 3.1 9b"]) {
    assert.notEqual(how(typed), "words", typed);
    assert.notEqual(how(typed), "typo", typed);
  }
  assert.equal(how("gpt-oss-2"), "numbers");
  assert.equal(how("flux 1"), "words");
  assert.equal(how("llama 3.1"), "words");
  assert.equal(how("llama 3"), "numbers");
  assert.equal(found("gpt oss 21b")[0], "openai/gpt-oss-20b");
  assert.deepEqual(found("deepsek r2").filter((id) => !id.includes("eepseek") && !id.includes("eepSeek")), []);
});

test("an id that no model has is not answered by its words", () => {
  assert.equal(find(index, pool, "openai/gpt-oss").how, "id");
  assert.equal(find(index, pool, "OpenAI/GPT-oss-20b").how, "words");
  assert.equal(find(index, pool, "somebody/gpt-oss-20b").how, "nearest");
  assert.equal(find(index, pool.slice(1, 2), "openai/gpt-oss-20b").found.length, 0);
});

test("nothing that is typed is a pattern", () => {
  for (const typed of ["(", "[", "\\", "*", ".*", "^$", "a.b(", "日本", "‮", "-", "\u0000"]) assert.ok(Array.isArray(found(typed)));
  assert.deepEqual(found(".*"), []);
});

test("the pool's order is kept among equals", () => {
  const back = [...pool].reverse();
  assert.deepEqual(find(index, back, "deepseek").found.map(({ model }) => model), [3, 1, 0]);
});

/** The textbook's whole matrix. */
function textbook(a, b) {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (_, j) => i || j ? i + j : 0));
  for (let i = 1; i <= a.length; i++) for (let j = 1; j <= b.length; j++) {
    rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + Number(a[i - 1] !== b[j - 1]));
    if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
  }
  return rows[a.length][b.length];
}

test("the distance is the textbook's up to its limit", () => {
  const words = ["", "a", "ab", "ba", "abc", "acb", "cab", "aabb", "abab", "abcd", "badc", "xbcd"];
  for (const a of words) for (const b of words) assert.equal(distance(a, b, 2), Math.min(3, textbook(a, b)), `${a} ${b}`);
});
