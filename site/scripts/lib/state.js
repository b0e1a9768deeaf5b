// What the reader asks for, as the page's address has it. Whatever is unknown or wrong there is as if it were absent.
import * as amount from "./amount.js";

const SORTS = ["", "new", "name", "task", "price", "speed", "live", "context", "tools", "json", "seen"];
const FORMER = new Map([["tps", "speed"], ["wait", "speed"]]); // what addresses of older pages say
const READY = ["", "live", "warm", "hot"];
export const FIELDS = ["q", "task", "provider", "region", "ready", "context", "price", "tps", "mix", "sort"];
export const CHOICES = ["task", "provider", "region", "ready", "sort"]; // those of FIELDS that are one of a list
const DEFAULT_MIX = [3, 1];
const FLAGS = { 0: false, 1: true };

/**
 * The state that raw values mean, and the names of those that mean nothing.
 * @param {Record<string, string>} raw by the names of the address's parameters
 */
export function understand(raw, index) {
  const wrong = [];
  const given = (name, read) => {
    const text = (raw[name] ?? "").slice(0, 200).trim();
    const value = text ? read(text) : null;
    if (text && value === null) wrong.push(name);
    return value;
  };
  const among = (values) => (text) => named(values, text);
  const flag = (text) => (Object.hasOwn(FLAGS, text) ? FLAGS[text] : null);
  const regions = index.regions.flatMap((listed) => listed ?? []);
  const state = {
    q: (raw.q ?? "").slice(0, 100),
    task: given("task", among(index.tasks)) ?? "",
    provider: given("provider", among(index.providers)) ?? "",
    region: given("region", among(regions)) ?? "",
    ready: given("ready", among(READY)) ?? "",
    context: given("context", amount.size),
    price: given("price", amount.nano),
    tps: given("tps", amount.number),
    mix: given("mix", amount.mix) ?? DEFAULT_MIX,
    sort: given("sort", (text) => among(SORTS)(FORMER.get(text.toLowerCase()) ?? text)) ?? "",
    tools: given("tools", flag) ?? false,
    json: given("json", flag) ?? false,
    reverse: given("reverse", flag) ?? false,
    view: given("view", among(["table", "cards"])),
  };
  return { state, wrong };
}

/** The one of some values that a text names, in whatever case. @returns {?string} */
function named(values, text) {
  const lower = text.toLowerCase();
  return values.find((value) => value === text) ?? values.find((value) => value.toLowerCase() === lower) ?? null;
}

/** Where the tab's page is that an address's task belongs to; null where that is this one, or the task is unknown. */
export function tabOf(raw, index, here) {
  const word = (raw.task ?? "").trim().toLowerCase();
  const task = index.tasks.indexOf(word);
  const link = [...document.querySelectorAll("#tabs a")].find(
    ({ dataset }) => dataset.tab === word || dataset.words?.split(" ").includes(word) || index.tabs.get(dataset.tab)?.has(task),
  );
  if (!link) return null;
  const { task: _, ...others } = raw;
  const exact = task >= 0 && index.tabs.get(link.dataset.tab).size > 1;
  if (link.dataset.tab === here && (exact || !word)) return null;
  const query = new URLSearchParams(exact ? raw : others);
  return `${link.getAttribute("href")}${query.size ? `?${query}` : ""}`;
}

/** How many filters narrow the models. */
export function active(state) {
  const names = ["task", "provider", "region", "ready", "tools", "json"];
  return names.filter((name) => state[name]).length + ["context", "price", "tps"].filter((name) => state[name] !== null).length;
}

/** The address's query for raw values: only what was given and means something. */
export function query(raw, wrong = []) {
  const kept = [...FIELDS, "tools", "json", "reverse", "view"].filter((name) => raw[name] && !wrong.includes(name));
  const params = new URLSearchParams(kept.map((name) => [name, raw[name]]));
  return kept.length ? `?${params}` : "";
}

/** The raw values of an address's query. */
export function raw(search) {
  return Object.fromEntries([...new URLSearchParams(search)].reverse()); // the first of two counts
}
