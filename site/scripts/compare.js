// Compare: what to compare stands in the address; picks come from the search index, facts from the JSON API.
import { stepChart } from "./lib/chart.js";
import { lines, modelProperties, PROVIDER } from "./lib/compare.js";
import { clean, price } from "./lib/format.js";
import { extend, Index, json } from "./lib/index.js";
import { find, squash } from "./lib/search.js";
import { sharedSection } from "./lib/shared.js";
import { speaking } from "./lib/tips.js";

const MOST = 4;
const OPTIONS = 8;
const MISSING = {
  models: "has no page here: nobody serves it, or it is an adapter, which has a line among the adapters",
  providers: "is no provider of this dataset",
};
const form = document.getElementById("picker");
const input = form.elements.pick;
const options = document.getElementById("options");
const said = document.getElementById("said");
const picked = document.getElementById("picked");
const comparison = document.getElementById("comparison");
const stands = [...comparison.childNodes]; // what the page itself compares
const MODELS = modelProperties(JSON.parse(comparison.dataset.properties));
const { root, first, rest } = form.dataset;

let index;
let whole = null; // the promise of all of it
let chosen = { kind: "models", ids: [] };
let turn = 0; // the latest comparison: what an earlier one still loads is dropped
let marked = -1; // the option that Enter takes
let noted = ""; // what is to be said of what is chosen

/** What the address asks for: each once, at most four; `more` are left out. */
function asked() {
  const params = new URLSearchParams(location.search);
  const kind = params.has("providers") && !params.has("models") ? "providers" : "models";
  const ids = params.getAll(kind).flatMap((value) => value.split(",")).map((id) => id.trim().slice(0, 200));
  const every = [...new Set(ids.filter(Boolean))];
  return { kind, ids: every.slice(0, MOST), more: every.length - MOST };
}

function all() {
  if (!rest) return Promise.resolve();
  whole ??= extend(index, rest).catch((error) => {
    whole = null;
    throw error;
  });
  return whole;
}

/** What something is called here, and where it is, relative to the site's root; null where it has no page. */
async function placeOf(kind, id) {
  if (kind === "providers") {
    const at = position(index.providers, id);
    return at < 0 ? null : { id: index.providers[at], place: index.places[at] };
  }
  if (!index.id.includes(id)) await all();
  const at = position(index.id, id);
  return at < 0 ? null : { id: index.id[at], place: index.place[at] };
}

/** Where a name stands, in whatever case it was typed. */
function position(names, typed) {
  const at = names.indexOf(typed);
  return at < 0 ? names.findIndex((name) => name.toLowerCase() === typed.toLowerCase()) : at;
}

/** The address of a page's facts as JSON: what it answers, or what its history is. */
function facts(place, folder) {
  const [own, ...name] = place.slice(0, -1).split("/");
  return `${root}api/v1/${[folder ?? own, ...name].join("/")}.json`;
}

async function loaded(kind, asked) {
  const found = await placeOf(kind, asked);
  if (found === null) return { id: asked, missing: MISSING[kind] };
  const { id, place } = found;
  const folder = kind === "models" ? "cheapest" : "uptime";
  try {
    const [answer, past] = await Promise.all([json(facts(place)), json(facts(place, folder))]);
    return { id, place, answer, [folder]: past };
  } catch (error) {
    return { id, missing: `could not be loaded (${error.message})` };
  }
}

async function compare() {
  const mine = ++turn;
  paintPicked();
  if (!chosen.ids.length) {
    const models = chosen.kind === "models";
    comparison.replaceChildren(...(models ? stands : []));
    note(models ? "" : "Add two to four providers to compare them.");
    return;
  }
  said.textContent = "Loading …";
  const { kind } = chosen;
  const found = await Promise.all(chosen.ids.map((id) => loaded(kind, id).catch((error) => ({ id, missing: `could not be loaded (${error.message})` }))));
  if (mine !== turn) return;
  const there = found.filter(({ answer }) => answer);
  const notes = found.filter(({ missing }) => missing).map(({ id, missing }) => `${clean(id)} ${missing}.`);
  if (chosen.more > 0) notes.push(`Only the first ${MOST} of ${MOST + chosen.more} are compared.`);
  if (there.length === 1 && !notes.length) notes.push("Add another one to compare it with.");
  note(notes.join(" "));
  comparison.replaceChildren(...(there.length ? [scrolling("Comparison", table(kind, there)), ...more(kind, there)] : []));
}

/** What follows the table: what the models have cost, or which models the providers share. */
function more(kind, there) {
  if (kind === "models") return pastPrices(there);
  return there.length > 1 ? sharedSection(there, index.id, pageOf) : [];
}

function pageOf(id) {
  const at = index.id.indexOf(id);
  return at < 0 ? null : root + index.place[at];
}

/** A box that scrolls where its content is wider. */
function scrolling(name, content) {
  const box = cell("div", "");
  box.className = "scroll";
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", name);
  box.append(content);
  return box;
}

/** The cheapest price of each model over time, on one chart. */
function pastPrices(there) {
  const series = there.map(({ id, answer, cheapest }) => ({ name: clean(id), held: cheapest.rows.map((row) => held(id, row, answer.snapshot.checked_at)) }));
  const title = "The cheapest price over time";
  const chart = stepChart(title, "USD per 1M tokens, blended 3:1", series);
  const heading = cell("h2", title);
  heading.id = "history";
  if (!chart) return [heading, cell("p", "No price of them was ever recorded.")];
  const figure = cell("figure", "");
  const legend = cell("ol", "");
  legend.className = "legend";
  legend.append(...series.map(({ name, held }, i) => {
    const item = cell("li", held.length ? name : `${name}: no price known`);
    item.className = `s${i + 1}`;
    return item;
  }));
  const box = scrolling(title, chart);
  box.classList.add("over-all");
  figure.append(legend, box, cell("figcaption", "The lowest known price of each chat model, whoever asked it. A gap: nobody recorded a price within 45 days. The same: FROM cheapest_over_time in hfp sql."));
  speaking(chart);
  return [heading, figure];
}

function held(id, row, last) {
  const until = row.to_at ?? last;
  const told = `${clean(id)}: $${price(row.blended_usd_per_mtok)} on ${clean(row.provider)} · ${row.from_at.slice(0, 10)} to ${until.slice(0, 10)}`;
  return { begin: Date.parse(row.from_at), end: Date.parse(until), value: Number(row.blended_usd_per_mtok), told };
}

function note(text) {
  noted = text;
  said.textContent = text;
}

function cell(tag, text) {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

function table(kind, there) {
  const made = document.createElement("table");
  made.className = "compare";
  made.createCaption().textContent = "Best of the line is marked “best”; a speed with a date is older and is not judged; unknown is —.";
  const head = made.createTHead().insertRow();
  head.append(document.createElement("td"));
  for (const { id, place } of there) {
    const name = cell("th", "");
    name.scope = "col";
    const link = cell("a", clean(id));
    link.href = root + place;
    name.append(link);
    head.append(name);
  }
  const body = made.createTBody();
  for (const { label, values } of lines(kind === "models" ? MODELS : PROVIDER, there.map(({ answer }) => answer))) {
    const row = body.insertRow();
    const name = cell("th", label);
    name.scope = "row";
    row.append(name, ...values.map(value));
  }
  return made;
}

function value({ text, best, date }) {
  const made = cell("td", clean(text));
  if (date) {
    const when = cell("span", `(${date})`);
    when.className = "date";
    made.append(" ", when);
  }
  if (!best) return made;
  const mark = cell("span", "best");
  mark.className = "best";
  made.append(" ", mark);
  return made;
}

function paintPicked() {
  form.elements.kind.value = chosen.kind;
  const items = chosen.ids.map((id) => {
    const item = document.createElement("li");
    const button = cell("button", clean(id));
    button.type = "button";
    button.setAttribute("aria-label", `Remove ${clean(id)}`);
    button.addEventListener("click", () => {
      choose(chosen.kind, chosen.ids.filter((other) => other !== id));
      input.focus();
    });
    item.append(button);
    return item;
  });
  picked.replaceChildren(...items);
  input.disabled = chosen.ids.length >= MOST;
  input.placeholder = input.disabled ? "Four are chosen: remove one to add another" : `Add a ${chosen.kind.slice(0, -1)} …`;
}

/** Compare these, as a new entry of the history. */
function choose(kind, ids) {
  chosen = { kind, ids };
  const query = new URLSearchParams(ids.map((id) => [kind, id]));
  history.pushState(null, "", ids.length ? `?${query}` : kind === "providers" ? "?providers=" : location.pathname);
  compare();
}

function names(query) {
  const free = (id) => !chosen.ids.includes(id);
  if (chosen.kind === "providers") {
    const typed = squash(query);
    return { ids: index.providers.filter((name) => squash(name).includes(typed)).filter(free), asked: true };
  }
  const pool = index.id.map((_, model) => ({ model }));
  const { found, how } = find(index, pool, query);
  return { ids: found.map(({ model }) => index.id[model]).filter(free), asked: how === "words" };
}

function suggest() {
  const query = input.value;
  const { ids, asked } = query.trim() ? names(query) : { ids: [], asked: true };
  marked = ids.length && asked ? 0 : -1; // what is only near has to be chosen
  options.replaceChildren(...ids.slice(0, OPTIONS).map(option));
  show();
  const unknown = query.trim() && (!ids.length || !asked);
  said.textContent = unknown ? `No ${chosen.kind.slice(0, -1)} is called like that${ids.length ? ": the nearest names" : ""}.` : noted;
}

function option(id, at) {
  const item = cell("li", clean(id));
  item.id = `option-${at}`;
  item.setAttribute("role", "option");
  item.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
  item.addEventListener("click", () => take(id));
  item.dataset.id = id;
  return item;
}

function show() {
  const open = options.children.length > 0;
  options.hidden = !open;
  input.setAttribute("aria-expanded", String(open));
  [...options.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === marked)));
  if (marked >= 0) {
    input.setAttribute("aria-activedescendant", `option-${marked}`);
    options.children[marked].scrollIntoView({ block: "nearest" });
  } else input.removeAttribute("aria-activedescendant");
}

function close() {
  options.replaceChildren();
  marked = -1;
  show();
}

function take(id) {
  input.value = "";
  close();
  choose(chosen.kind, [...chosen.ids, id].slice(0, MOST));
}

function keyed(event) {
  const count = options.children.length;
  if (event.key === "Escape") {
    input.value = "";
    suggest();
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (marked >= 0) take(options.children[marked].dataset.id);
  } else if (count && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    marked = event.key === "ArrowDown" ? (marked + 1) % count : (Math.max(marked, 0) + count - 1) % count;
    show();
  }
}

function listen() {
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const radio of form.elements.kind) radio.addEventListener("change", () => choose(radio.value, []));
  input.addEventListener("input", () => {
    suggest();
    all().then(() => input.value && suggest(), () => {}); // without the less used, the most used are found
  });
  input.addEventListener("keydown", keyed);
  input.addEventListener("blur", close);
  addEventListener("popstate", () => {
    chosen = asked();
    compare();
  });
}

async function start() {
  try {
    index = new Index(await json(first));
  } catch (error) {
    said.textContent = `The list of models could not be loaded (${error.message}): reload the page.`;
    return;
  }
  listen();
  chosen = asked();
  compare();
  if (input.value) suggest(); // typed before the index was there
}

start();
