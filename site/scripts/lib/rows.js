// A row of the models' table: a copy of the page's own template, filled by one function a column. It can be filled again
// for another model; then only what differs is changed, which takes the browser less time than a new row.
import { clean, day, price, rounded, seconds, tick, tickWord, tokens, usd } from "./format.js";

function exact(nano) {
  return nano === null ? "—" : `$${price(usd(BigInt(nano)))}`;
}

/** Make an element a provider's mark: two letters in a colour. */
function mark(element, index, provider) {
  const [letters, colour] = index.marks[provider];
  set(element, "className", `pm p${colour}`);
  set(element.dataset, "m", letters);
}

/** Set a property where it differs. */
function set(thing, name, value) {
  if (thing[name] !== value) thing[name] = value;
}

/** Let an element have a text and nothing else. */
function write(element, text) {
  if (element.childNodes.length === 1 && element.firstChild.nodeType === Node.TEXT_NODE) set(element.firstChild, "data", text);
  else element.textContent = text;
}

/** Let a link lead to an address. */
function lead(link, href) {
  if (link.getAttribute("href") !== href) link.setAttribute("href", href);
}

/** Fill the cell of a pick with its value, its provider and what else is to be said; a dash where there is none. */
function pick(cell, { index, root, row, blank }, offer, old, [before, bold, after], also) {
  cell.classList.toggle("old", old);
  if (offer === null) return write(cell, "—");
  if (!cell.firstElementChild) cell.replaceChildren(...blank(cell).childNodes);
  const [link, , sub] = cell.childNodes;
  const [start, strong, end, who] = link.childNodes;
  const provider = index.provider[offer];
  lead(link, root + index.anchor(row.model, offer));
  set(start, "data", before);
  write(strong, bold);
  set(end, "data", `${after} · `);
  mark(who.firstChild, index, provider);
  set(who.lastChild, "data", clean(index.providers[provider]));
  write(sub, also.filter(Boolean).join(", "));
}

function flag(cell, value) {
  const label = tickWord(value);
  write(cell.firstChild, tick(value));
  if (cell.firstChild.getAttribute("aria-label") !== label) cell.firstChild.setAttribute("aria-label", label);
}

const FILL = {
  name(cell, { index, root, row }) {
    const id = index.id[row.model];
    const slash = id.indexOf("/") + 1;
    const link = cell.lastChild; // before it may be a box to tick
    lead(link, root + index.place[row.model]);
    write(link.firstChild, clean(id.slice(0, slash)));
    set(link.lastChild, "data", clean(id.slice(slash)));
  },
  task(cell, { index, row }) {
    const more = row.tasks.length - 1;
    write(cell, clean(index.tasks[row.tasks[0]]) + (more ? ` +${more}` : ""));
  },
  price(cell, made) {
    const { index, row } = made;
    const { price: offer, priceOld: old } = row;
    if (offer === null) return pick(cell, made, null, old, []);
    pick(cell, made, offer, old, ["from ", exact(index.in[offer]), ""], [`${exact(index.out[offer])} out`, old && day(index.priced[offer])]);
  },
  speed(cell, made) {
    const { index, row } = made;
    const { speed: offer, speedOld: old } = row;
    if (offer === null) return pick(cell, made, null, old, []);
    const chat = index.task[offer] === index.chat;
    const value = chat ? ["up to ", rounded(index.tps[offer]), " tok/s"] : ["in ", seconds(index.latency[offer]), ""];
    const wait = chat && index.ttft[offer] !== null && `first token ${seconds(index.ttft[offer])}`;
    pick(cell, made, offer, old, value, [wait, old && day(index.measured[offer])]);
  },
  live: (cell, { row }) => write(cell, String(row.live)),
  context: (cell, { row }) => write(cell, tokens(row.context)),
  tools: (cell, { row }) => flag(cell, row.tools),
  json: (cell, { row }) => flag(cell, row.json),
  seen: (cell, { row }) => write(cell, day(row.seen)),
};

/** A row of a model: `line`, which this made earlier, or a new one. */
export function fillRow(index, row, { root, template, columns }, line = template.content.firstElementChild.cloneNode(true)) {
  const blank = (cell) => template.content.firstElementChild.children[cell.cellIndex].cloneNode(true);
  columns.forEach((name, at) => FILL[name](line.children[at], { index, root, row, blank }));
  line.classList.toggle("old", !row.live);
  const priced = row.price !== null && !row.priceOld;
  tell(line, "data-model", priced && clean(index.id[row.model]));
  tell(line, "data-provider", priced && clean(index.providers[index.provider[row.price]]));
  tell(line, "data-in-usd-per-mtok", priced && usd(BigInt(index.in[row.price])));
  return line;
}

/** Set an attribute, or take it away where there is no value. */
function tell(line, name, value) {
  if (value === false) line.removeAttribute(name);
  else line.setAttribute(name, value);
}
