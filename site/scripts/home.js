// The models: search as you type, filters, order; all of it in the address, so that it can be shared and undone.
import { Adapters } from "./lib/adapters.js";
import { Elsewhere } from "./lib/elsewhere.js";
import { Entries } from "./lib/entries.js";
import { Pool, rises } from "./lib/filter.js";
import { extend, Index, json, readNumbers } from "./lib/index.js";
import { keep, kept } from "./lib/mix.js";
import { Painter } from "./lib/painter.js";
import { Picks } from "./lib/picks.js";
import { fillRow } from "./lib/rows.js";
import { find } from "./lib/search.js";
import * as address from "./lib/state.js";

const FIRST = 8; // rows painted while somebody types: what is seen without scrolling
const SCREEN = 20; // rows painted when no other key follows
const MORE = 60; // and at a press of the button
const PAUSE_MS = 120; // without a key: what need not be there at once is done
const FLAGS = ["tools", "json"];
const OTHER = {
  id: "no model has this id: names with its words",
  numbers: "no name has these numbers: names with others",
  typo: "nothing is spelt like that: the nearest names",
  nearest: "nothing is called like that: the nearest names, whose numbers may differ",
}; // what is said of models that are not what was asked for, by how they were found
const { format: grouped } = new Intl.NumberFormat("en");
const form = document.getElementById("find");
const table = document.getElementById("models");
const body = document.getElementById("rows");
const template = document.getElementById("row");
const count = document.getElementById("count");
const more = document.getElementById("more");
const { root, first, rest, tab } = form.dataset;
const columns = form.dataset.columns.split(" ");
const look = { root, template, columns };
const elsewhere = new Elsewhere(document.querySelectorAll("#tabs a"), document.getElementById("elsewhere"), root, tab);
const picks = new Picks(document.getElementById("picks"), root);
const adapters = new Adapters(document.getElementById("adapters"), form.dataset.adapters, root);
const painter = new Painter(body, (entry, row) => picks.equip(fillRow(index, entry, look, row)));
const entries = new Entries(here);

let index; // what is loaded of the search index
let loading = null; // the promise of its second part
let failed = false;
let reverse = false;
let view = "";
let pool = new Pool("");
let counted = { size: 0, count: 0 }; // how many of the loaded models are of this tab
let matches = [];
let asked = SCREEN; // rows that the reader wants to see at most
let shown = 0;
let current; // the state that `matches` are of; null where the form may say another
let how = ""; // how its models were found
let wrong = []; // what of the form is not understood
let ignored = []; // what of the address is not, until something else is chosen
let frame = 0;
let pause = 0; // the timer of what is done in a pause
let marked = ""; // what `mark` has shown
let typing = false; // whether the address's last entry is of the word being typed
let untouched = true; // whether the rows that came with the page are what is asked for

function remembered() {
  try {
    return localStorage.getItem("view") ?? "";
  } catch {
    return "";
  }
}

/** What the form says, by the names of the address's parameters; a tab has the fields that make sense there. */
function rawOfForm() {
  const raw = Object.fromEntries(address.FIELDS.map((name) => [name, form.elements[name]?.value ?? ""]));
  for (const name of FLAGS) raw[name] = form.elements[name]?.checked ? "1" : "";
  return { ...raw, reverse: reverse ? "1" : "", view };
}

/** What raw values mean on this tab; what it has no field for means nothing. */
function understand(raw) {
  const { state, wrong: unknown } = address.understand(raw, index);
  const alien = [...address.FIELDS, ...FLAGS].filter((name) => raw[name] && !form.elements[name]);
  const sortless = state.sort && state.sort !== "new" && !columns.includes(state.sort);
  if (sortless) state.sort = "";
  return { state: { ...state, tab }, wrong: [...new Set([...unknown, ...alien, ...(sortless ? ["sort"] : [])])] };
}

/** Let the form say what raw values mean. */
function fill(raw) {
  const { state, wrong: unknown } = understand(raw);
  for (const name of address.FIELDS) {
    if (form.elements[name]) form.elements[name].value = (address.CHOICES.includes(name) ? state[name] : raw[name]) ?? "";
  }
  for (const name of FLAGS) if (form.elements[name]) form.elements[name].checked = state[name];
  reverse = state.reverse;
  view = state.view ?? "";
  ignored = unknown;
}

/** Come to an entry of the history: what its address says, and as many rows as were shown there. */
function arrive(raw) {
  fill(raw);
  const rows = history.state?.shown;
  asked = Number.isInteger(rows) ? Math.max(SCREEN, rows) : SCREEN;
  if (Object.keys(raw).length || asked > SCREEN) complete();
  adapters.ask(form.elements.q.value);
  schedule();
}

function schedule() {
  current = null;
  if (!frame) frame = requestAnimationFrame(paint);
}

/** Find what the form asks for. */
function seek() {
  ({ state: current, wrong } = understand(rawOfForm()));
  const { q, view: _, ...narrowing } = current;
  const key = keyOf(narrowing);
  if (pool.key !== key) pool = new Pool(key);
  ({ found: matches, how } = find(index, pool.grow(index, current), q));
}

/** Bring the page up to what the form says. */
function paint() {
  frame = 0;
  if (!current) seek();
  for (const name of ["context", "price", "tps", "mix"]) {
    form.elements[name]?.toggleAttribute("aria-invalid", false);
    if (wrong.includes(name)) form.elements[name]?.setAttribute("aria-invalid", "true");
  }
  shown = Math.min(asked, matches.length);
  if (untouched && !current.q && pool.key === asBuilt()) painter.painted = matches.slice(0, (shown = body.children.length));
  else if (typing) painter.follow(matches.slice(0, Math.min(shown, FIRST)));
  else painter.show(matches.slice(0, shown));
  untouched = false;
  entries.enterSoon();
  if (typing) later();
  else elsewhere.ask(index, current.q, !matches.length || how in OTHER);
  more.hidden = shown === matches.length;
  table.hidden = !matches.length;
  table.classList.toggle("cards", (current.view ?? remembered()) === "cards");
  say();
  mark(current);
}

/** The key of the models as the page itself shows them. */
function asBuilt() {
  const { q: _, view: __, ...plain } = understand({}).state;
  return keyOf(plain);
}

function keyOf(narrowing) {
  return JSON.stringify(narrowing, (_, value) => (typeof value === "bigint" ? String(value) : value));
}

/** Do in the next pause what a key need not wait for: the rows below, and the address. */
function later() {
  clearTimeout(pause);
  pause = setTimeout(settle, PAUSE_MS);
}

function settle() {
  clearTimeout(pause);
  pause = 0;
  if (frame) return; // what is painted next asks for the next pause
  painter.show(matches.slice(0, shown));
  elsewhere.ask(index, current.q, !matches.length || how in OTHER);
  if (typing) entries.note(false);
}

/** How many models this tab has, of those that are loaded. */
function of() {
  if (counted.size !== index.size) {
    const tasks = index.tabs.get(tab);
    counted = { size: index.size, count: index.id.filter((_, model) => index.serves(model, tasks)).length };
  }
  return counted.count;
}

/** How many, of how many, and why not the others. */
function say() {
  const all = of();
  const parts = [`${grouped(matches.length)} of ${grouped(all)} models`];
  const left = all - pool.entries.length;
  if (left) parts.push(`${grouped(left)} left out by the filters`);
  if (how in OTHER) parts.push(matches.length ? OTHER[how] : "none here is called like that");
  if (matches.length > shown) parts.push(`the first ${shown} shown`);
  if (failed) parts.push("the less used could not be loaded: reload the page");
  else if (loading) parts.push(`loading ${grouped(index.total - index.size)} less used ones …`);
  else if (index.size < index.total) parts.push(`the ${grouped(index.size)} most used are searched`);
  const unknown = new Set([...ignored, ...wrong]);
  if (unknown.size) parts.push(`not understood: ${[...unknown].join(", ")}`);
  const text = parts.join(" · ");
  if (count.textContent !== text) count.textContent = text;
}

/** Show the state on what sets it. */
function mark(state) {
  const now = JSON.stringify([{ ...state, q: Boolean(state.q) }, view], (_, value) => (typeof value === "bigint" ? String(value) : value));
  if (now === marked) return;
  marked = now;
  const cards = table.classList.contains("cards");
  document.getElementById("view").setAttribute("aria-pressed", String(cards));
  document.getElementById("reverse").setAttribute("aria-pressed", String(state.reverse));
  const mix = document.getElementById("mix-said");
  if (mix) mix.textContent = state.mix.join(":");
  const filters = address.active(state);
  document.getElementById("active").textContent = filters ? ` · ${filters} active` : "";
  document.getElementById("reset").hidden = !(filters || state.q || state.sort || state.reverse || state.mix.join() !== "3,1");
  for (const head of table.querySelectorAll("thead th[data-sort]")) {
    const rising = rises(head.dataset.sort, tab) !== state.reverse;
    if (head.dataset.sort === state.sort) head.setAttribute("aria-sort", rising ? "ascending" : "descending");
    else head.removeAttribute("aria-sort");
  }
}

/** The address of what the form says. */
function here() {
  const raw = rawOfForm();
  return location.pathname + address.query(raw, understand(raw).wrong) + location.hash;
}

/** Load what the first part lacks, once somebody asks for anything. */
function complete() {
  if (!rest || loading || index.size === index.total) return;
  failed = false;
  loading = extend(index, rest)
    .catch(() => (failed = true))
    .finally(() => {
      loading = null;
      schedule();
      readNumbers(index);
    });
}

function changed(asNew) {
  ignored = [];
  asked = SCREEN;
  complete();
  schedule();
  if (asNew) entries.note(true);
}

function upgradeHeads() {
  for (const head of table.querySelectorAll("thead th[data-sort]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.textContent = head.textContent;
    button.addEventListener("click", () => {
      const same = form.elements.sort.value === head.dataset.sort;
      reverse = same ? !reverse : false;
      form.elements.sort.value = head.dataset.sort;
      changed(true);
    });
    head.replaceChildren(button);
  }
}

function listen() {
  form.addEventListener("input", ({ target }) => {
    const text = target.tagName === "INPUT" && target.type !== "checkbox";
    if (target === form.elements.q) adapters.ask(target.value);
    if (target === form.elements.mix) keep(target.value.trim());
    if (text && !typing) entries.begin(); // the first letter makes an entry, the others change it
    changed(!text);
    typing = text;
    if (text) seek(); // while the frame is waited for
  });
  form.addEventListener("change", () => {
    entries.note(!typing);
    typing = false;
  });
  form.elements.sort.addEventListener("input", () => changed(true));
  form.addEventListener("focusin", complete, { once: true });
  addEventListener("popstate", () => {
    typing = false;
    entries.leave();
    arrive(address.raw(location.search));
  });
  document.getElementById("reverse").addEventListener("click", () => {
    reverse = !reverse;
    changed(true);
  });
  document.getElementById("view").addEventListener("click", toggleView);
  document.getElementById("reset").addEventListener("click", () => {
    fill({ view });
    adapters.ask("");
    changed(true);
    form.elements.q.focus();
  });
  more.addEventListener("click", showMore);
  document.addEventListener("keydown", keyed);
}

function toggleView() {
  view = table.classList.contains("cards") ? "table" : "cards";
  try {
    localStorage.setItem("view", view);
  } catch {
    // Storage is switched off: the address has it.
  }
  changed(false);
  entries.note(false); // a way of looking is nothing to go back from
}

function showMore() {
  hurry();
  const at = shown;
  asked = shown = Math.min(shown + MORE, matches.length);
  painter.show(matches.slice(0, shown));
  history.replaceState({ shown }, ""); // for who comes back from a model
  more.hidden = shown === matches.length;
  body.children[at]?.querySelector("a").focus({ preventScroll: true });
  say();
}

/** Bring the page up to the last key at once: what was typed first counts first. */
function hurry() {
  if (frame) {
    cancelAnimationFrame(frame);
    paint();
  }
  if (pause) settle();
}

/** Open the first model found; where none is spelt like that, go to the nearest name, which the reader has to judge. */
async function enter() {
  const { q } = form.elements;
  const typed = q.value;
  if (!typed.trim()) return;
  await loading;
  if (q.value !== typed || document.activeElement !== q) return; // it was not waited for
  hurry();
  const link = body.querySelector("th a");
  const other = elsewhere.line.hidden ? null : elsewhere.line.querySelector("a");
  if (other) other.focus();
  else if (how in OTHER) link?.focus();
  else link?.click();
}

/** `/` to the search, Enter to what was found, arrows through the results, Escape back and clear. */
function keyed(event) {
  const inField = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === "/" && !inField && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    form.elements.q.select();
    form.elements.q.focus();
  } else if (event.key === "Enter" && event.target === form.elements.q && !event.isComposing) {
    event.preventDefault();
    enter();
  } else if (event.key === "Escape" && (event.target === form.elements.q || body.contains(event.target))) {
    event.preventDefault();
    if (event.target === form.elements.q && form.elements.q.value) {
      form.elements.q.value = "";
      adapters.ask("");
      changed(true);
    }
    form.elements.q.focus();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (event.target === form.elements.q || body.contains(event.target))) {
    step(event, event.key === "ArrowDown" ? 1 : -1);
  }
}

function step(event, by) {
  hurry();
  const links = [...body.querySelectorAll("th a")];
  const here = links.indexOf(event.target.closest("tr")?.querySelector("th a"));
  const next = here + by;
  if (here < 0 && by < 0) return;
  event.preventDefault();
  if (next < 0) form.elements.q.focus();
  else links[next]?.focus();
}

async function start() {
  if (matchMedia("(max-width: 44rem)").matches) form.querySelector("details").open = false;
  const typed = form.elements.q.value;
  try {
    index = new Index(await json(first));
  } catch (error) {
    count.textContent = `The search could not be loaded (${error.message}): reload the page. The most used models stand below.`;
    return;
  }
  const raw = address.raw(location.search);
  const other = address.tabOf(raw, index, tab);
  if (other !== null) {
    location.replace(other);
    return;
  }
  upgradeHeads();
  for (const row of body.children) picks.equip(row);
  listen();
  const late = form.elements.q.value || typed;
  if (raw.q === undefined && late) raw.q = late;
  if (raw.mix === undefined && kept() && form.elements.mix) raw.mix = kept();
  arrive(raw);
  setTimeout(() => readNumbers(index), PAUSE_MS);
}

start();
