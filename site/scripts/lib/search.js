// From typed words to models, read as `hfp` reads them: the id, the name, all words in any order, then wrong letters.

const SEPARATOR = /[^\p{L}\p{N}.+]+/u;
const TAIL = /(?<=\p{L})(?=\p{N})/gu;
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
  return { word, start: ` ${word}`, endsInLetter: /[a-z]$/.test(word) };
}

/** How well a word fits: 0 whole (where letters end at a number, a word ends), 1 beginning of a word, 2 somewhere, -1 not. */
function fit(hay, { word, start, endsInLetter }) {
  if (!hay.includes(word)) return -1;
  let best = 2;
  for (let at = hay.indexOf(start); at >= 0; at = hay.indexOf(start, at + 1)) {
    const next = hay.charCodeAt(at + start.length);
    if (next === 32 || (endsInLetter && next >= 48 && next <= 57)) return 0;
    best = 1;
  }
  return best;
}

/**
 * The entries of a pool that a query means, best first, else in the pool's order; and how they were found.
 * @param {{id: string[], hay: string[], bare: string[], mask: number[], vocabulary: Map<string, number>}} index
 * @param {{model: number}[]} pool
 */
export function find(index, pool, query) {
  const typed = query.trim();
  const wanted = words(typed);
  if (!typed) return { found: pool, how: "all" };
  const worded = wanted.length ? byWords(index, pool, wanted, typed) : [];
  if (worded.length) return { found: worded, how: "words" };
  const close = wanted.length ? misspelt(index, pool, wanted) : [];
  return { found: close, how: "typo" };
}

function byWords(index, pool, wanted, typed) {
  const exact = typed.toLowerCase();
  const name = wanted.join("");
  const ranks = [[], [], [], [], []];
  const sought = wanted.map(prepared);
  for (const entry of pool) {
    const hay = index.hay[entry.model];
    let worst = 0;
    for (const word of sought) {
      const one = fit(hay, word);
      if (one < 0) {
        worst = -1;
        break;
      }
      if (one > worst) worst = one;
    }
    if (worst >= 0) ranks[rank(index, entry.model, exact, name, worst)].push(entry);
  }
  return ranks.flat();
}

/** 0 the id itself, 1 the name whatever separates it, then by the worst word's fit. */
function rank(index, model, exact, name, worst) {
  if (index.id[model].toLowerCase() === exact) return 0;
  if (index.bare[model] === name || index.hay[model].endsWith(` ${name} `)) return 1;
  return worst + 2;
}

function misspelt(index, pool, wanted) {
  const name = wanted.join("");
  const limit = Math.min(2, Math.floor(name.length / 3));
  const close = limit ? byDistance(index, pool, name, limit) : [];
  if (close.length) return close;
  const respelt = wanted.map((word) => nearest(word, index.vocabulary));
  return respelt.every((word, i) => word === wanted[i]) ? [] : byWords(index, pool, respelt, respelt.join(" "));
}

function byDistance(index, pool, name, limit) {
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

/** The known word a letter or two away; itself where there is none, or where it begins one. */
function nearest(word, vocabulary) {
  const mask = letters(word);
  let limit = word.length < LEAST ? 0 : Math.min(2, Math.floor(word.length / 4) + 1);
  let best = word;
  for (const [other, letters] of vocabulary) {
    if (other.startsWith(word)) return word;
    if (Math.abs(word.length - other.length) > limit || far(mask, letters, limit)) continue;
    const wrong = distance(word, other, limit);
    if (wrong <= limit) {
      best = other;
      limit = wrong - 1;
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
