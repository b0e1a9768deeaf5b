// Answers, as JSON, what the scripts make of the values that come as JSON on stdin: for comparison with Python's.
import { clean, price, rounded, seconds, short, tokens, usd, mean } from "../../../site/scripts/lib/format.js";
import { size } from "../../../site/scripts/lib/amount.js";
import { agree, numbersOf, numbersTyped } from "../../../site/scripts/lib/numbers.js";
import { indexText, words } from "../../../site/scripts/lib/search.js";

let text = "";
for await (const part of process.stdin.setEncoding("utf8")) text += part;
const given = JSON.parse(text);
const answer = {
  clean: given.texts.map(clean),
  hay: given.texts.map(indexText),
  agree: given.pairs.map(([typed, id]) => agree(numbersTyped(words(typed), id), numbersOf(id))),
  price: given.prices.map(price),
  usd: given.nanos.map((nano) => usd(BigInt(nano))),
  mean: given.nanos.map((nano) => mean(BigInt(nano), 7)),
  tokens: given.counts.map(tokens),
  short: given.counts.map((count) => short(count)),
  seconds: given.measures.map(seconds),
  size: given.sizes.map(size),
  rounded: given.measures.map(rounded),
};
process.stdout.write(JSON.stringify(answer));
