// The numbers of names, as hf_providers/catalog/names.py has them: a number that is typed is never taken for another.
import { words } from "./search.js";

const GLUED = 2; // letters before or after a number that belong to it: the v of v3, the b of 7b
const LEFT_OFF_BEFORE = new Set(["", "v", "k", "m"]);
const LEFT_OFF_AFTER = new Set(["", "b", "k", "m", "t", "p", "px"]);
const RUN = /\p{Nd}(?:[\p{Nd}.]|x(?=\p{Nd}))*|[^\p{Nd}]+/gu; // an x between two digits multiplies
const DIGIT = /^\p{Nd}/u;
const LETTERS = /^\p{L}+$/u;

/** The numbers of a name's words in order, each with the letters of its own word, and of all up to the next number. */
export function numbers(found) {
  const every = [];
  let letters = "";
  const read = (run) => {
    letters += run;
    if (every.length) every.at(-1).after = letters;
  };
  for (const word of found) {
    if (LETTERS.test(word)) {
      read(word);
      continue;
    }
    const runs = word.match(RUN) ?? [];
    runs.forEach((run, i) => {
      if (!DIGIT.test(run)) return read(run);
      const [prefix, suffix] = [runs[i - 1] ?? "", runs[i + 1] ?? ""];
      every.push({ value: run, prefix, suffix, before: letters, after: suffix });
      letters = "";
    });
  }
  return every;
}

/** Whether every number typed equals a number of the name, each another one: 2 is not 2.5, nor v1 r1. */
export function agree(typed, named) {
  if (typed.length > named.length) return false;
  const fits = typed.map((one) => named.map((other) => equal(one, other)));
  const taken = new Map();
  return typed.every((_, i) => assign(i, fits, taken, new Set()));
}

/** Give a typed number a number of the name; one that is taken is freed where its owner can have another. */
function assign(i, fits, taken, tried) {
  for (const [j, fitting] of fits[i].entries()) {
    if (!fitting || tried.has(j)) continue;
    tried.add(j);
    if (!taken.has(j) || assign(taken.get(j), fits, taken, tried)) {
      taken.set(j, i);
      return true;
    }
  }
  return false;
}

function equal(typed, number) {
  return typed.value === number.value && prefixAgrees(typed.prefix, number) && suffixAgrees(typed.suffix, number);
}

function prefixAgrees(typed, { prefix: own, before }) {
  if (!typed) return LEFT_OFF_BEFORE.has(own) || own.length > GLUED;
  if (before.endsWith(typed) && typed.length >= own.length) return true;
  if (typed.length <= GLUED) return false;
  if (own && own.length <= GLUED) return typed.endsWith(own) || (LEFT_OFF_BEFORE.has(own) && before.slice(0, -own.length).endsWith(typed));
  return own.length > GLUED || typed.at(-1) === before.at(-1);
}

function suffixAgrees(typed, { suffix: own, after }) {
  if (!typed) return LEFT_OFF_AFTER.has(own);
  if (after.startsWith(typed) && typed.length >= own.length) return true;
  if (typed.length <= GLUED) return false;
  if (own && own.length <= GLUED) return typed.startsWith(own);
  return own.length > GLUED || typed[0] === after[0];
}

/** The numbers of an id's name. */
export function numbersOf(id) {
  return numbers(words(id.slice(id.lastIndexOf("/") + 1)));
}

/** The numbers typed, but those of words of the author: the 2 of lightx2v is none of its models'. */
export function numbersTyped(wanted, id) {
  const author = new Set(words(id.slice(0, Math.max(0, id.lastIndexOf("/")))));
  return numbers(wanted.filter((word) => LETTERS.test(word) || !author.has(word)));
}
