// A model's page: tabs of code, copying, and the cost of the reader's own requests.
import { grouped, mix, nano } from "./lib/amount.js";
import { copyable } from "./lib/copy.js";
import { UNKNOWN, mean, price, usd } from "./lib/format.js";
import { keep, kept } from "./lib/mix.js";
import { requestCost } from "./lib/money.js";
import { sortBy } from "./lib/sortable.js";
import { tabs } from "./lib/tabs.js";

for (const box of document.querySelectorAll("[data-tabs]")) tabs(box);
for (const code of document.querySelectorAll("pre[data-copy]")) copyable(code);

const own = document.getElementById("mix");
if (own) {
  const field = own.elements.mix;
  field.value = kept() || field.value;
  own.addEventListener("submit", (event) => event.preventDefault());
  own.addEventListener("input", () => blend(field, true));
  blend(field, false);
}

/** Blend the prices at the mix of a field, and sort again where that is what is sorted by. */
function blend(field, keepIt) {
  const parts = mix(field.value);
  field.toggleAttribute("aria-invalid", !parts);
  if (!parts) return;
  if (keepIt) keep(field.value.trim());
  const table = document.querySelector("table.offers");
  const heads = [...table.tHead.rows[0].cells];
  const at = heads.findIndex((head) => head.dataset.key === "blended");
  document.getElementById("mix-said").textContent = parts.join(":");
  for (const row of table.tBodies[0].rows) {
    const [input, output] = [nano(row.dataset.inputUsdPerMtok ?? ""), nano(row.dataset.outputUsdPerMtok ?? "")];
    const known = input !== null && output !== null;
    const amount = known ? mean(input * BigInt(parts[0]) + output * BigInt(parts[1]), parts[0] + parts[1]) : null;
    if (known) row.dataset.blended = amount;
    row.cells[at].textContent = price(amount);
  }
  if (heads[at].ariaSort) sortBy(table, at, true);
}

const form = document.getElementById("calculator");
const body = document.getElementById("costs");
const said = document.getElementById("cost-said");
if (form && body) {
  form.addEventListener("input", calculate);
  form.addEventListener("submit", (event) => event.preventDefault());
  calculate(); // a browser may have kept what was typed before
}

/** The whole number typed into a field, as in 3000, 3,000 or 1.5k; null for anything else. */
function count(name) {
  const field = form.elements[name];
  const number = grouped(field.value);
  field.setAttribute("aria-invalid", String(number === null));
  return number === null ? null : BigInt(number);
}

function calculate() {
  const [input, output, requests] = ["input", "output", "requests"].map(count);
  if (input === null || output === null || requests === null) {
    said.textContent = "Give whole numbers, as in 3000, 1.5k or 10M.";
    for (const row of body.rows) for (const cell of [...row.cells].slice(1)) cell.textContent = UNKNOWN;
    return;
  }
  const rows = [...body.rows].map((row) => ({
    row,
    cost: requestCost(nano(row.dataset.input), nano(row.dataset.output), input, output),
  }));
  rows.sort(byCost);
  for (const { row, cost } of rows) {
    row.cells[1].textContent = cost === null ? UNKNOWN : price(usd(cost));
    row.cells[2].textContent = cost === null ? UNKNOWN : price(usd(cost * requests));
  }
  body.append(...rows.map(({ row }) => row));
  const told = [requests, input, output].map((number) => number.toLocaleString("en-US"));
  said.textContent = `${told[0]} requests of ${told[1]} input and ${told[2]} output tokens.`;
}

/** The cheaper first, the unknown last, else by the provider's name. */
function byCost(one, other) {
  if (one.cost === other.cost) return one.row.cells[0].textContent < other.row.cells[0].textContent ? -1 : 1;
  if (one.cost === null || other.cost === null) return one.cost === null ? 1 : -1;
  return one.cost < other.cost ? -1 : 1;
}
