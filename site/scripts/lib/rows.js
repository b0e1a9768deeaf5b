// A row of the models' table, made from the page's own template: one function a column.
import { clean, day, price, rounded, seconds, tick, tickWord, tokens, usd } from "./format.js";

function exact(nano) {
  return nano === null ? "—" : `$${price(usd(BigInt(nano)))}`;
}

/** A provider's mark: two letters in a colour. */
export function mark(index, provider) {
  const made = document.createElement("span");
  const [letters, colour] = index.marks[provider];
  made.className = `pm p${colour}`;
  made.dataset.m = letters;
  return made;
}

function bold(text) {
  const made = document.createElement("strong");
  made.textContent = text;
  return made;
}

/** Fill the cell of a pick with its value, its provider and what else is to be said; a dash where there is none. */
function pick(cell, { index, root, row }, offer, old, value, also) {
  cell.classList.toggle("old", old);
  if (offer === null) {
    cell.textContent = "—";
    return;
  }
  const [link, , sub] = cell.childNodes;
  const provider = index.provider[offer];
  link.href = root + index.anchor(row.model, offer);
  const who = document.createElement("span");
  who.className = "who";
  who.append(mark(index, provider), clean(index.providers[provider]));
  link.append(...value, " · ", who);
  sub.textContent = also.filter(Boolean).join(", ");
}

function flag(cell, value) {
  cell.firstChild.textContent = tick(value);
  cell.firstChild.setAttribute("aria-label", tickWord(value));
}

const FILL = {
  name(cell, { index, root, row }) {
    const id = index.id[row.model];
    const slash = id.indexOf("/") + 1;
    const link = cell.firstChild;
    link.href = root + index.place[row.model];
    link.firstChild.textContent = clean(id.slice(0, slash));
    link.append(clean(id.slice(slash)));
  },
  task(cell, { index, row }) {
    const more = row.tasks.length - 1;
    cell.textContent = clean(index.tasks[row.tasks[0]]) + (more ? ` +${more}` : "");
  },
  price(cell, made) {
    const { index, row } = made;
    const { price: offer, priceOld: old } = row;
    if (offer === null) return pick(cell, made, null, old);
    pick(cell, made, offer, old, ["from ", bold(exact(index.in[offer]))], [`${exact(index.out[offer])} out`, old && day(index.priced[offer])]);
  },
  speed(cell, made) {
    const { index, row } = made;
    const { speed: offer, speedOld: old } = row;
    if (offer === null) return pick(cell, made, null, old);
    const chat = index.task[offer] === index.chat;
    const value = chat ? ["up to ", bold(rounded(index.tps[offer])), " tok/s"] : ["in ", bold(seconds(index.latency[offer]))];
    const wait = chat && index.ttft[offer] !== null && `first token ${seconds(index.ttft[offer])}`;
    pick(cell, made, offer, old, value, [wait, old && day(index.measured[offer])]);
  },
  live: (cell, { row }) => (cell.textContent = row.live),
  context: (cell, { row }) => (cell.textContent = tokens(row.context)),
  tools: (cell, { row }) => flag(cell, row.tools),
  json: (cell, { row }) => flag(cell, row.json),
  seen: (cell, { row }) => (cell.textContent = day(row.seen)),
};

/** The rows of some models, as one fragment. */
export function rows(index, found, { root, template, columns }) {
  const fragment = document.createDocumentFragment();
  for (const row of found) fragment.append(made(index, row, root, template, columns));
  return fragment;
}

function made(index, row, root, template, columns) {
  const line = template.content.firstElementChild.cloneNode(true);
  columns.forEach((name, at) => FILL[name](line.children[at], { index, root, row }));
  if (!row.live) line.className = "old";
  if (row.price !== null && !row.priceOld) {
    line.dataset.model = clean(index.id[row.model]);
    line.dataset.provider = clean(index.providers[index.provider[row.price]]);
    line.dataset.inUsdPerMtok = usd(BigInt(index.in[row.price]));
  }
  return line;
}
