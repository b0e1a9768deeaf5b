// From typed words to models, read as `hfp` reads them: the id, the name, all words in any order, then wrong letters.
// Numbers are never taken for others.
import { agree, numbers, numbersOf, numbersTyped } from "./numbers.js";

const SEPARATOR = /[^\p{L}\p{N}.+]+/u;
const TAIL = /(?<=\p{L})(?=\p{N})/gu;
const DIGIT = /\p{Nd}/u;
const LEAST = 3; // letters of a word that may be misspelt

/** The words of a name: runs of letters and digits, with the point of a number. @returns {string[]} */
export function words(text) {
  const read = text.normalize("NFKC").toLowerCase().replace(/(?<!\p{L})\+/gu, " ");
  return read.split(SEPARATOR).flatMap(undot);
}

/** A point stays between two digits only: FLUX.1 is two words, Qwen2.5 is one. */
function undot(word) {
  if (!word.includes(".")) return word ? [word] : [];
  return word.split(/\.(?!\d)|(?<!\d)\./).filter(Boolean);
}

/** The words, and what stands in them from a number on: qwen2.5 is also found by 2.5. */
export function parts(found) {
  const all = [...found];
  for (const word of found) for (const { index } of word.matchAll(TAIL)) all.push(word.slice(index));
  return all;
}

export function squash(text) {
  return words(text).join("");
}

/** What is searched of a model: its words each with a blank before it, and all of it in one. */
export function indexText(id) {
  const found = words(id);
  return ` ${parts(found).join(" ")} ${found.join("")} `;
}

/** What is searched of a model's id: its text, its name in one, the letters of that. */
export function describe(id) {
  const bare = squash(id.slice(id.indexOf("/") + 1));
  return { hay: indexText(id), bare, mask: letters(bare) };
}

/** Add the words of a text to a vocabulary: from word to its letters. @param {Map<string, number>} vocabulary */
export function learn(vocabulary, hay) {
  for (const word of hay.trim().split(" ").slice(0, -1)) if (!vocabulary.has(word)) vocabulary.set(word, letters(word));
}

/** A word to look for, prepared. */
function prepared(word) {
  return { start: ` ${word}`, endsInLetter: /[a-z]$/.test(word) };
}

/** How well a word fits that occurs: 0 whole (where letters end at a number, a word ends), 1 beginning of a word, 2 somewhere. */
function fit(hay, { start, endsInLetter }) {
  let best = 2;
  for (let at = hay.indexOf(start); at >= 0; at = hay.indexOf(start, at + 1)) {
    const next = hay.charCodeAt(at + start.length);
    if (next === 32 || (endsInLetter && next >= 48 && next <= 57)) return 0;
    best = 1;
  }
  return best;
}

/**
 * The entries of a pool that a query means, best first, else in the pool's order; and how they were found: "words" are
 * what was asked for. Anything else is not, and has to be said: "id" (no model has the id that was typed), "numbers"
 * (names with other numbers), "typo" (other letters), "nearest" (other letters and numbers).
 * @param {{id: string[], hay: string[], bare: string[], mask: number[], vocabulary: Map<string, number>}} index
 * @param {{model: number}[]} pool
 */
export function find(index, pool, query) {
  const typed = query.trim();
  const wanted = words(typed);
  if (!typed) return { found: pool, how: "all" };
  if (!wanted.length) return { found: [], how: "nearest" };
  const worded = byWords(index, pool, wanted, typed);
  if (worded.length) return numbered(index, worded, wanted, typed);
  return misspelt(index, pool, wanted);
}

/** What words have found: first the names that have the numbers typed, behind them those of which a number only begins so. */
function numbered(index, worded, wanted, typed) {
  const agrees = agreeing(index, wanted);
  const right = agrees ? worded.filter(agrees) : worded;
  const found = right.length && right.length < worded.length ? [...right, ...worded.filter((entry) => !agrees(entry))] : worded;
  if (!right.length) return { found, how: "numbers" };
  return { found, how: isId(typed) && !index.known.has(typed.toLowerCase()) ? "id" : "words" };
}

/** Whether a text is an id, owner and name, and no words. */
function isId(typed) {
  return /^[^/\s]+\/[^/\s]+$/.test(typed);
}

/** A function that tells whether an entry's name has the numbers typed; null where none was typed. */
function agreeing(index, wanted) {
  const plain = numbers(wanted);
  if (!plain.length) return null;
  return ({ model }) => {
    const id = index.id[model];
    return agree(DIGIT.test(id.slice(0, id.indexOf("/"))) ? numbersTyped(wanted, id) : plain, numbersAt(index, model));
  };
}

/** The numbers of a model's name, read once. */
export function numbersAt(index, model) {
  return (index.numbers[model] ??= numbersOf(index.id[model]));
}

/** Of each pool, what its last searches found, the longest query last: who types on searches only what was found. */
const memory = new WeakMap();

/** The entries in which all words occur, in the pool's order. */
function holding(index, pool, wanted) {
  const steps = memory.get(pool) ?? [];
  memory.set(pool, steps);
  while (steps.length && !steps.at(-1).wanted.every((word) => wanted.some((longer) => longer.includes(word)))) steps.pop();
  const { entries } = steps.at(-1) ?? { entries: pool };
  const found = entries.filter(({ model }) => wanted.every((word) => index.hay[model].includes(word)));
  steps.push({ wanted, entries: found });
  return found;
}

function byWords(index, pool, wanted, typed) {
  const exact = index.known.has(typed.toLowerCase()) ? typed.toLowerCase() : null;
  const name = wanted.join("");
  const end = ` ${name} `;
  const ranks = [[], [], [], [], []];
  const sought = wanted.map(prepared);
  for (const entry of holding(index, pool, wanted)) {
    const hay = index.hay[entry.model];
    let worst = 0;
    for (const word of sought) {
      const one = fit(hay, word);
      if (one > worst) worst = one;
    }
    ranks[rank(index, entry.model, exact, name, end, worst)].push(entry);
  }
  return ranks.flat();
}

/** 0 the id itself, 1 the name whatever separates it, then by the worst word's fit. */
function rank(index, model, exact, name, end, worst) {
  if (exact !== null && index.id[model].toLowerCase() === exact) return 0;
  if (index.bare[model] === name || index.hay[model].endsWith(end)) return 1;
  return worst + 2;
}

/**
 * Names a few letters away, or words as they are probably spelt, with all the numbers typed, and names with no others;
 * where there are none, the same whatever their numbers.
 */
function misspelt(index, pool, wanted) {
  const agrees = agreeing(index, wanted) ?? (() => true);
  const count = numbers(wanted).length;
  const near = byDistance(index, pool, wanted);
  const close = near.filter((entry) => agrees(entry) && numbersAt(index, entry.model).length === count);
  if (close.length) return { found: close, how: "typo" };
  const respelt = wanted.map((word) => nearest(index, word));
  const spelt = spelling(index, pool, wanted, respelt.map(({ same }) => same)).filter(agrees);
  if (spelt.length) return { found: spelt, how: "typo" };
  return { found: near.length ? near : spelling(index, pool, wanted, respelt.map(({ any }) => any)), how: "nearest" };
}

/** What words find as they are probably spelt; nothing where they are spelt so. */
function spelling(index, pool, wanted, respelt) {
  return respelt.every((word, i) => word === wanted[i]) ? [] : byWords(index, pool, respelt, respelt.join(" "));
}

function digits(word) {
  return word.replace(/\P{Nd}+/gu, " ").trim();
}

function byDistance(index, pool, wanted) {
  const name = wanted.join("");
  const limit = Math.min(2, Math.floor(name.length / 3));
  if (!limit) return [];
  const mask = letters(name);
  const close = [];
  for (const entry of pool) {
    const other = index.bare[entry.model];
    if (Math.abs(name.length - other.length) > limit || far(mask, index.mask[entry.model], limit)) continue;
    const wrong = distance(name, other, limit);
    if (wrong <= limit) close.push({ entry, wrong });
  }
  return close.sort((a, b) => a.wrong - b.wrong).map(({ entry }) => entry);
}

/** The known words a letter or two from a word, `any` and the one of the `same` digits; itself where there is none. */
function nearest(index, word) {
  const known = index.respelt.get(word);
  if (known?.size === index.vocabulary.size) return known;
  const found = { ...respelling(word, index.vocabulary), size: index.vocabulary.size };
  index.respelt.set(word, found);
  return found;
}

function respelling(word, vocabulary) {
  const mask = letters(word);
  const own = digits(word);
  const most = word.length < LEAST ? 0 : Math.min(2, Math.floor(word.length / 4) + 1);
  const best = { any: word, same: word };
  if (!most) return best;
  const limit = { any: most, same: most };
  for (const [other, letters] of vocabulary) {
    if (other.startsWith(word)) return { any: word, same: word };
    if (Math.abs(word.length - other.length) > limit.same || far(mask, letters, limit.same)) continue;
    const wrong = distance(word, other, limit.same);
    for (const kind of ["any", "same"]) {
      if (wrong > limit[kind] || (kind === "same" && digits(other) !== own)) continue;
      best[kind] = other;
      limit[kind] = wrong - 1;
    }
  }
  return best;
}

/** A bit for each letter and digit that occurs (digits share four bits). */
function letters(text) {
  let bits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    bits |= 1 << (code >= 97 ? code - 97 : 26 + (code & 3));
  }
  return bits;
}

/** Whether words of these letters cannot be within so many edits: each changes at most two. */
function far(mask, other, limit) {
  let differing = mask ^ other;
  let count = 0;
  while (differing) {
    differing &= differing - 1;
    count += 1;
  }
  return count > 2 * limit;
}

/** Letters missing, surplus, wrong or swapped with their neighbour; anything above `limit` is `limit` + 1. */
export function distance(typed, name, limit) {
  const beyond = limit + 1;
  if (Math.abs(typed.length - name.length) > limit) return beyond;
  let older = [];
  let before = [];
  let row = Array.from({ length: name.length + 1 }, (_, j) => j);
  for (let i = 1; i <= typed.length; i++) {
    [older, before, row] = [before, row, [i]];
    for (let j = 1; j <= name.length; j++) {
      let steps = Math.min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (typed[i - 1] === name[j - 1] ? 0 : 1));
      if (i > 1 && j > 1 && typed[i - 1] === name[j - 2] && typed[i - 2] === name[j - 1]) {
        steps = Math.min(steps, older[j - 2] + 1);
      }
      row.push(steps);
    }
    if (Math.min(...row) > limit) return beyond;
  }
  return Math.min(row.at(-1), beyond);
}
