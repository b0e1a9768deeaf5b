// What readers type as amounts: a price, a number, a size, a mix. Each returns null for what is none.

/** Plain decimal text of USD as nano-USD, exactly. @returns {?bigint} */
export function nano(text) {
  const found = /^\$?(\d{1,9})?(?:\.(\d{1,9}))?$/.exec(text.trim());
  if (!found || (found[1] === undefined && found[2] === undefined)) return null;
  return BigInt(found[1] ?? 0) * 1_000_000_000n + BigInt((found[2] ?? "").padEnd(9, "0"));
}

/** A number that is not negative. @returns {?number} */
export function number(text) {
  return /^(\d{1,9}(\.\d{0,6})?|\.\d{1,6})$/.test(text.trim()) ? Number(text) : null;
}

/** A number of tokens, as in 64000, 64k, 1.5M. @returns {?number} */
export function size(text) {
  const found = /^(\d{1,9}(?:\.\d{1,6})?)([kmb]?)$/.exec(text.trim().toLowerCase());
  if (!found) return null;
  const value = Math.round(Number(found[1]) * { "": 1, k: 1e3, m: 1e6, b: 1e9 }[found[2]] * 1e6) / 1e6;
  return Number.isInteger(value) && value <= 1e15 ? value : null;
}

/** An input:output mix of two whole numbers, as in 3:1. @returns {?[number, number]} */
export function mix(text) {
  const found = /^(\d{1,4}):(\d{1,4})$/.exec(text.trim());
  const sides = found && [Number(found[1]), Number(found[2])];
  return sides && sides[0] + sides[1] > 0 ? sides : null;
}
