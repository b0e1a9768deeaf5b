// The SQL console. The database comes, and a query is run, only when the reader asks for it: never by a link alone.
import { json } from "./lib/index.js";

const SHOWN = 1000; // rows that are painted; a download has all
const LONGEST = 10_000; // characters of a cell that are shown: millions of them would stop the tab
const box = document.getElementById("console");
const part = Object.fromEntries(["offer", "load", "desk", "query", "run", "stop", "csv", "downloads", "progress", "said", "error", "result"].map((id) => [id, document.getElementById(id)]));
let opening = null; // the promise of the database
let answer = null; // the last one
let stopping = null; // while something is done: the controller that stops it

function say(text) {
  part.said.textContent = text;
}

async function open() {
  try {
    const [catalog, { Database }] = await Promise.all([json(box.dataset.catalog), import("./lib/database.js")]);
    const database = new Database(catalog, new URL(`${box.dataset.root}data/`, location.href).href);
    await database.open(showProgress);
    return database;
  } catch (error) {
    throw new Error(`DuckDB could not be loaded: ${error.message}.\nTry again; if it fails again, reload the page.`);
  }
}

function showProgress(loaded, total) {
  const [bar, told] = part.progress.children;
  part.progress.hidden = !stopping; // what was stopped may still be coming
  bar.value = loaded / total;
  told.textContent = `${mega(loaded)} of ${mega(total)} MB unpacked${loaded < total ? "" : ", starting"}`;
}

function mega(bytes) {
  return (bytes / 1e6).toFixed(1);
}

function showDesk() {
  part.offer.hidden = true;
  part.desk.hidden = false;
}

/** The database, opened once; a failure is said, and may be tried again. */
async function opened() {
  showDesk();
  if (!opening) say("Loading DuckDB …");
  opening ??= open();
  const mine = opening;
  try {
    return await mine;
  } catch (error) {
    if (opening === mine) opening = null;
    throw error;
  }
}

async function load() {
  await attempt(async (signal) => {
    await opened();
    signal.throwIfAborted();
    say("Ready.");
  });
  part.query.focus();
}

/** Do something that may fail or be stopped, one thing at a time, and show what DuckDB says of it. */
async function attempt(work) {
  if (stopping) return;
  stopping = new AbortController();
  const { signal } = stopping;
  showBusy(true);
  part.error.hidden = true;
  try {
    await Promise.race([work(signal), stopped(signal)]);
  } catch (error) {
    say(signal.aborted ? error.message : "");
    part.error.textContent = once(error.message);
    part.error.hidden = signal.aborted;
  } finally {
    stopping = null;
    part.progress.hidden = true;
    showBusy(false);
  }
}

/** A message without repeating itself: DuckDB-WASM points at the place of a parser's error twice. */
function once(message) {
  return [...new Set(message.split("\n\n"))].join("\n\n");
}

function showBusy(busy) {
  if (!busy && document.activeElement === part.stop) part.run.focus();
  part.run.ariaDisabled = String(busy);
  part.stop.hidden = !busy;
}

function stopped(signal) {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

/** A query holds DuckDB's thread until it has its answer, so that nothing but the end of all stops it. */
function stop() {
  stopping?.abort(new Error("Stopped. DuckDB begins anew with the next query, without what you made in it."));
  opening?.then((database) => database.end(), () => {});
  opening = null;
}

async function run() {
  const script = part.query.value;
  if (!script.trim()) return say("There is no query to run.");
  await attempt(async (signal) => {
    const tell = (text) => {
      signal.throwIfAborted();
      say(text);
    };
    part.result.hidden = true;
    part.downloads.hidden = true;
    const database = await opened();
    tell("Running …");
    const statements = await database.statements(script);
    if (!statements.length) return tell("There is no query to run.");
    let spent = 0; // ms, without loading
    for (const statement of statements) {
      await database.prepare(statement, tell);
      tell("Running …");
      const began = performance.now();
      answer = await database.ask(statement);
      spent += performance.now() - began;
    }
    const took = `${(spent / 1000).toFixed(2)} s`;
    paint();
    tell([rowsSaid(), ...(statements.length > 1 ? [`of the last of ${statements.length} statements`] : []), took].join(" · "));
    history.replaceState(null, "", `?${new URLSearchParams({ q: script })}`);
  });
}

function rowsSaid() {
  const first = answer.count > SHOWN ? `, the first ${SHOWN.toLocaleString("en")} shown` : "";
  return `${answer.count.toLocaleString("en")} row${answer.count === 1 ? "" : "s"}${first}`;
}

function cell(tag, text, number) {
  const made = document.createElement(tag);
  made.textContent = text?.length > LONGEST ? `${text.slice(0, LONGEST)}…` : (text ?? "NULL");
  if (text?.length > LONGEST) {
    const note = document.createElement("small");
    note.textContent = ` cut here: ${text.length.toLocaleString("en")} characters, which the CSV has whole`;
    made.append(note);
  }
  if (text === null) made.classList.add("null");
  if (number) made.classList.add("n");
  return made;
}

function paint() {
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  answer.columns.forEach((name, i) => {
    const made = cell("th", name, answer.numeric[i]);
    made.scope = "col";
    made.title = answer.types[i];
    head.append(made);
  });
  const body = table.createTBody();
  for (const row of answer.rows()) {
    if (body.rows.length === SHOWN) break;
    body.insertRow().append(...row.map((text, i) => cell("td", text, answer.numeric[i])));
  }
  part.result.replaceChildren(table);
  part.result.hidden = answer.columns.length === 0;
  part.downloads.hidden = answer.columns.length === 0;
}

function quoted(value, number) {
  const formula = !number && /^[=+\-@\t\r]/.test(value ?? ""); // a spreadsheet would run it
  const text = formula ? `'${value}` : (value ?? "");
  return /[",\r\n]/.test(text) || value === "" ? `"${text.replaceAll('"', '""')}"` : text;
}

function download() {
  const lines = [answer.columns, ...answer.rows()].map((row, i) =>
    row.map((value, column) => quoted(value, i > 0 && answer.numeric[column])).join(","),
  );
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`${lines.join("\r\n")}\r\n`], { type: "text/csv" }));
  link.download = "hf-providers.csv";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Put a name where the cursor is, apart from a word before it. */
function insert(name) {
  const { value, selectionStart: from, selectionEnd: to } = part.query;
  showDesk();
  part.query.setRangeText(/[\w"']$/.test(value.slice(0, from)) ? ` ${name}` : name, from, to, "end");
  part.query.focus();
}

function begin() {
  part.load.addEventListener("click", load);
  part.run.addEventListener("click", run);
  part.stop.addEventListener("click", stop);
  part.csv.addEventListener("click", download);
  part.query.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  });
  for (const button of document.querySelectorAll("button.try")) {
    button.addEventListener("click", () => {
      part.query.value = button.dataset.sql ?? button.parentElement.querySelector("code").textContent;
      box.scrollIntoView();
      if (opening) part.query.focus();
      else load();
    });
  }
  document.getElementById("schema").addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (button) insert(button.dataset.name ?? button.textContent);
  });
  part.query.value = document.querySelector(".examples code").textContent;
  const given = new URLSearchParams(location.hash.slice(1)).get("q") ?? new URLSearchParams(location.search).get("q");
  if (given === null) return;
  part.query.value = given.slice(0, 20_000);
  showDesk();
  say("This query came with the address, and has not been run. Run loads DuckDB, about 8 MB, and asks it.");
}

begin();
