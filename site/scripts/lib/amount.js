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

const FACTORS = { "": 1n, k: 1_000n, m: 1_000_000n, b: 1_000_000_000n, t: 1_000_000_000_000n };
const LARGEST = 10n ** 15n;

/** A number of tokens or requests, as in 64000, 64k, 1.5M: as the command line reads it. @returns {?number} exact */
export function size(text) {
  const found = /^(?=.{1,30}$)(\d*)(?:\.(\d*))?([kmbt]?)$/.exec(text.trim().toLowerCase());
  if (!found || !(found[1] || found[2])) return null;
  const [, whole, fraction = "", letter] = found;
  const value = BigInt(whole + fraction) * FACTORS[letter];
  const parts = 10n ** BigInt(fraction.length);
  return value % parts || value > LARGEST * parts ? null : Number(value / parts);
}

/** A number whose thousands may be set apart, by commas or by blanks, as in 1,500,000. @returns {?number} */
export function grouped(text) {
  const plain = text.trim();
  return size(/^\d{1,3}([,\s])\d{3}(?:\1\d{3})*$/.test(plain) ? plain.replaceAll(/\D/g, "") : plain);
}

/** An input:output mix of two whole numbers, as in 3:1. @returns {?[number, number]} */
export function mix(text) {
  const found = /^(\d{1,4}):(\d{1,4})$/.exec(text.trim());
  const sides = found && [Number(found[1]), Number(found[2])];
  return sides && sides[0] + sides[1] > 0 ? sides : null;
}
