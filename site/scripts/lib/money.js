// What requests cost, exactly: nano-USD as BigInt, as `hfp cost` reckons. A number never carries money.

const MTOK = 1_000_000n;

/**
 * What a request costs in nano-USD, rounded up; null where a price that counts is unknown.
 * @param {?bigint} inputPrice nano-USD per million tokens
 * @param {?bigint} outputPrice nano-USD per million tokens
 * @param {bigint} input tokens
 * @param {bigint} output tokens
 * @returns {?bigint}
 */
export function requestCost(inputPrice, outputPrice, input, output) {
  if ((input && inputPrice === null) || (output && outputPrice === null)) return null;
  const total = (inputPrice ?? 0n) * input + (outputPrice ?? 0n) * output;
  return (total + MTOK - 1n) / MTOK;
}
