// The SQL console. The database comes only when the reader asks for it, or the address has a query.
import { json } from "./lib/index.js";

const SHOWN = 1000; // rows that are painted; a download has all
const box = document.getElementById("console");
const part = Object.fromEntries(["offer", "load", "desk", "query", "run", "csv", "said", "error", "result"].map((id) => [id, document.getElementById(id)]));
let opening = null; // the promise of the database
let answer = null; // the last one
let busy = false;

function say(text) {
  part.said.textContent = text;
}

async function open() {
  const [catalog, { Database }] = await Promise.all([json(box.dataset.catalog), import("./lib/database.js")]);
  const database = new Database(catalog, new URL(`${box.dataset.root}data/`, location.href).href);
  await database.open();
  return database;
}

/** The database, opened once; a failure is said, and may be tried again. */
async function opened() {
  part.offer.hidden = true;
  part.desk.hidden = false;
  if (!opening) say("Loading DuckDB …");
  opening ??= open();
  try {
    return await opening;
  } catch (error) {
    opening = null;
    throw error;
  }
}

async function load() {
  await attempt(async () => {
    await opened();
    say("Ready.");
  });
  part.query.focus();
}

/** Do something that may fail, one thing at a time, and show what DuckDB says of it. */
async function attempt(work) {
  if (busy) return;
  busy = true;
  part.run.disabled = true;
  part.error.hidden = true;
  try {
    await work();
  } catch (error) {
    say("");
    part.error.textContent = error.message;
    part.error.hidden = false;
  } finally {
    busy = false;
    part.run.disabled = false;
  }
}

async function run() {
  const sql = part.query.value;
  if (!sql.trim()) return say("There is no query to run.");
  await attempt(async () => {
    part.result.hidden = true;
    part.csv.hidden = true;
    const database = await opened();
    await database.prepare(sql, say);
    say("Running …");
    const began = performance.now();
    answer = await database.ask(sql);
    const took = `${((performance.now() - began) / 1000).toFixed(2)} s`;
    const first = answer.rows.length > SHOWN ? `, the first ${SHOWN.toLocaleString("en")} shown` : "";
    paint();
    say(`${answer.rows.length.toLocaleString("en")} rows${first} · ${took}`);
    history.replaceState(null, "", `?${new URLSearchParams({ q: sql })}`);
  });
}

function cell(tag, text, number) {
  const made = document.createElement(tag);
  made.textContent = text ?? "NULL";
  if (text === null) made.classList.add("null");
  if (number) made.classList.add("n");
  return made;
}

function paint() {
  const numbers = answer.types.map((type) => /^(DECIMAL|.*INT|FLOAT|DOUBLE)/.test(type));
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  answer.columns.forEach((name, i) => {
    const made = cell("th", name, numbers[i]);
    made.scope = "col";
    made.title = answer.types[i];
    head.append(made);
  });
  const body = table.createTBody();
  for (const row of answer.rows.slice(0, SHOWN)) {
    body.insertRow().append(...row.map((value, i) => cell("td", value === null ? null : String(value), numbers[i])));
  }
  part.result.replaceChildren(table);
  part.result.hidden = answer.columns.length === 0;
  part.csv.hidden = answer.columns.length === 0;
}

function quoted(value) {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) || (value !== null && text === "") ? `"${text.replaceAll('"', '""')}"` : text;
}

function download() {
  const lines = [answer.columns, ...answer.rows].map((row) => row.map(quoted).join(","));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv" }));
  link.download = "hf-providers.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function begin() {
  part.load.addEventListener("click", load);
  part.run.addEventListener("click", run);
  part.csv.addEventListener("click", download);
  part.query.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  });
  for (const button of document.querySelectorAll("button.try")) {
    button.addEventListener("click", () => {
      part.query.value = button.parentElement.querySelector("code").textContent;
      box.scrollIntoView();
      if (opening) part.query.focus();
      else load();
    });
  }
  part.query.value = document.querySelector(".examples code").textContent;
  const given = new URLSearchParams(location.search).get("q");
  if (given === null) return;
  part.query.value = given.slice(0, 20_000);
  run();
}

begin();
