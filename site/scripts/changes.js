// Changes: narrowed by kind, provider, model and day; all of it in the address, and as SQL over all that the data have.
import { clean } from "./lib/format.js";
import { words } from "./lib/search.js";

const NAMES = ["kind", "provider", "model", "since"];
const form = document.getElementById("narrow");
const count = document.getElementById("count");
const reset = document.getElementById("reset");
const days = [...document.querySelectorAll("section.day")];
const links = new Map([...document.querySelectorAll(".days li")].map((item) => [item.dataset.day, item]));
let unknown = []; // what of the address means nothing here
const total = document.querySelectorAll(".changed li").length;

/** Hide what is not wanted of an element's lines, say how many of them are left where some are gone, and return how many. */
function narrow(box, wanted) {
  const lines = [...box.querySelectorAll("li")];
  let left = 0;
  for (const line of lines) {
    line.hidden = !wanted(line);
    left += !line.hidden;
  }
  say(box, left, lines.length);
  return left;
}

function say(box, left, all) {
  box.hidden = !left;
  const of = box.querySelector(".of");
  if (!of) return;
  of.hidden = left === all;
  of.textContent = `${left} of `;
}

/** What the form asks for. */
function asked() {
  const raw = Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value.trim()]));
  return { ...raw, sought: words(raw.model) };
}

function paint() {
  const { kind, provider, sought, since } = asked();
  const wanted = (line) =>
    (!provider || line.dataset.provider === provider) && (!sought.length || holds(line.dataset.model ?? "", sought));
  let left = 0;
  for (const day of days) {
    let ofDay = 0;
    const late = !since || day.dataset.day >= since;
    for (const box of day.querySelectorAll(".kind")) {
      const asked = late && (!kind || box.dataset.kind === kind) ? wanted : () => false;
      for (const group of box.querySelectorAll(".group")) narrow(group, asked);
      ofDay += narrow(box, asked);
    }
    day.hidden = !ofDay;
    const link = links.get(day.dataset.day);
    link.hidden = !ofDay;
    link.querySelector("span").textContent = ofDay;
    left += ofDay;
  }
  tell(left);
}

/** Whether all words stand in a model's id, whatever separates them. */
function holds(id, sought) {
  const plain = words(id).join(" ");
  const joined = plain.replaceAll(" ", "");
  return sought.every((word) => plain.includes(word) || joined.includes(word));
}

function tell(left) {
  const state = asked();
  const active = NAMES.some((name) => state[name]);
  reset.hidden = !active;
  const parts = [`${left.toLocaleString("en")} of ${total.toLocaleString("en")} changes`];
  if (unknown.length) parts.push(`not understood: ${unknown.join(", ")}`);
  count.replaceChildren(parts.join(" · "));
  if (!active) return;
  count.append(" · ", link(`${form.dataset.root}sql/#q=${encodeURIComponent(sql(state))}`, "the same of all as SQL"));
  const feed = form.elements.provider.selectedOptions[0]?.dataset.feed;
  if (feed) count.append(" · ", link(feed, `Atom feed of ${clean(state.provider)}`));
}

function link(href, text) {
  const made = document.createElement("a");
  made.href = href;
  made.textContent = text;
  return made;
}

/** The same question, over every change known. */
function sql({ kind, provider, sought, since }) {
  const quoted = (text) => `'${text.replaceAll("'", "''")}'`;
  const conditions = [
    kind && `kind = ${quoted(kind)}`,
    provider && `provider = ${quoted(provider)}`,
    ...sought.map((word) => `contains(lower(model_id), ${quoted(word)})`),
    since && `changed_at >= ${quoted(since)}`,
  ].filter(Boolean);
  return `FROM changes\nWHERE ${conditions.join("\n  AND ")}\nORDER BY changed_at DESC`;
}

/** Fill the form from the address: what is there and means nothing is left out, and said. */
function arrive() {
  const params = new URLSearchParams(location.search);
  unknown = [];
  for (const name of NAMES) {
    const field = form.elements[name];
    const text = (params.get(name) ?? "").slice(0, 200);
    field.value = field.type === "date" && !isDay(text) ? "" : text;
    if (field.selectedIndex === -1) field.value = "";
    if (text && !field.value) unknown.push(name);
  }
  paint();
}

function isDay(text) {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}

function note() {
  const state = asked();
  const query = new URLSearchParams(NAMES.filter((name) => state[name]).map((name) => [name, state[name]]));
  history.replaceState(null, "", location.pathname + (query.size ? `?${query}` : "") + location.hash);
}

function changed() {
  unknown = [];
  paint();
  note();
}

if (form) {
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", changed);
  reset.addEventListener("click", () => {
    for (const name of NAMES) form.elements[name].value = "";
    changed();
    form.elements.kind.focus();
  });
  addEventListener("popstate", arrive);
  arrive();
}
