// Values as people read them: the same words as on the command line. Unknown is —, money never passes through a float.

export const UNKNOWN = "—";
const NANO = 1_000_000_000n;

/** Untrusted text without control, format and direction characters. */
export function clean(text) {
  return String(text).replace(/[\p{C}\p{Z}]/gu, (character) => (character === " " ? " " : ""));
}

/** Nano-USD as exact decimal text of USD, without trailing zeros. @param {bigint} nano */
export function usd(nano) {
  const sign = nano < 0n ? "-" : "";
  const size = nano < 0n ? -nano : nano;
  const fraction = String(size % NANO).padStart(9, "0").replace(/0+$/, "");
  return `${sign}${size / NANO}${fraction && `.${fraction}`}`;
}

/** A price of USD text as 0.70 or 0.0275: at least two decimals, none cut off. @param {?string} amount */
export function price(amount) {
  if (amount === null || amount === undefined) return UNKNOWN;
  const [whole, fraction = ""] = String(amount).split(".");
  const grouped = whole.length > 3 ? BigInt(whole).toLocaleString("en-US") : whole; // it takes long, and few are as large
  return `${grouped}.${fraction.padEnd(2, "0")}`;
}

/** A sum of nano-USD divided by so many, rounded up at the ninth decimal. @param {bigint} nano @param {number} by */
export function mean(nano, by) {
  const divisor = BigInt(by);
  return usd((nano + divisor - 1n) / divisor);
}

/** A number to so many digits; what lies just between two goes to the even one, as on the command line. */
function fixed(value, digits) {
  const scaled = value * 10 ** digits;
  const between = Number.isInteger(value * 2 ** (digits + 1)) && !Number.isInteger(scaled);
  if (!between) return value.toFixed(digits);
  const below = Math.floor(scaled);
  return ((below % 2 ? below + 1 : below) / 10 ** digits).toFixed(digits);
}

/** A context length as 64k, 163k, 1M. */
export function tokens(number) {
  if (number === null || number === undefined) return UNKNOWN;
  if (number >= 1e6) return `${fixed(number / 1e6, 1).replace(/\.0$/, "")}M`;
  return number >= 1000 ? `${Math.floor(number / 1000)}k` : String(number);
}

/** Milliseconds as 0.62s or 53.6s. */
export function seconds(milliseconds) {
  if (milliseconds === null || milliseconds === undefined) return UNKNOWN;
  return `${fixed(milliseconds / 1000, milliseconds < 10_000 ? 2 : 1)}s`;
}

/** A speed without decimals, with one below 10. */
export function rounded(number) {
  if (number === null || number === undefined) return UNKNOWN;
  return fixed(number, number >= 10 ? 0 : 1);
}

/** A count as 941, 13.0k, 768k, 684.5B: steps of 1000. */
export function short(number) {
  if (number === null || number === undefined) return UNKNOWN;
  for (const [size, letter] of [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]]) {
    const value = number / size;
    if (value >= 1) return (value < 100 || size > 1e6 ? fixed(value, 1) : fixed(value, 0)) + letter;
  }
  return String(number);
}

/** A day, counted from 1970-01-01, as ISO text. */
export function day(number) {
  return number === null || number === undefined ? UNKNOWN : new Date(number * 86_400_000).toISOString().slice(0, 10);
}

/** ✓ for yes, – for no, — for unknown; and the word for it. @param {?boolean} flag */
export function tick(flag) {
  return flag === null || flag === undefined ? UNKNOWN : flag ? "✓" : "–";
}

export function tickWord(flag) {
  return flag === null || flag === undefined ? "unknown" : flag ? "yes" : "no";
}
