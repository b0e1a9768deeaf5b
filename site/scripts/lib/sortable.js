// Tables that sort by any of their headings, both ways: the unknown and the old are last either way.

const UNITS = { k: 1e3, M: 1e6, B: 1e9, T: 1e12 };

/** What a cell says: a number where its column has numbers, else lower-case text; null for the unknown. */
export function valueOf(text, numeric) {
  const plain = text.trim();
  if (!plain || plain.startsWith("—")) return null;
  if (!numeric || /^\d{4}-\d\d-\d\d/.test(plain)) return plain.toLowerCase();
  const flag = { "✓": 1, "–": 0 }[plain[0]];
  if (flag !== undefined) return flag;
  const found = plain.replaceAll(",", "").match(/-?\d+(\.\d+)?/);
  if (!found) return plain.toLowerCase();
  return Number(found[0]) * (UNITS[plain.replaceAll(",", "")[found.index + found[0].length]] ?? 1);
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sort rows given as {value, old}: by value, up or down. */
export function ordered(rows, rising) {
  return rows.sort((a, b) => {
    if (a.old !== b.old) return a.old - b.old;
    if (a.value === null || b.value === null) return (a.value === null) - (b.value === null);
    return rising ? compare(a.value, b.value) : compare(b.value, a.value);
  });
}

/** Let the headings of a table sort it. */
export function sortable(table) {
  [...table.tHead.rows[0].cells].forEach((head, at) => {
    if (!head.textContent.trim() || head.classList.contains("over")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sortBy(table, at));
    head.append(button);
  });
  if (table.dataset.folds) sorter(table);
}

/** Give a table whose headings are hidden where it is narrow, as it says in data-folds, a choice of them there. */
function sorter(table) {
  const buttons = [...table.tHead.querySelectorAll("button.sort")];
  const [line, label, choice, turn] = ["p", "label", "select", "button"].map((name) => document.createElement(name));
  line.className = "sorter";
  choice.append(new Option("as listed", ""), ...buttons.map((button, at) => new Option(button.textContent, at)));
  choice.options[0].hidden = true;
  label.append("Sort by ", choice);
  turn.type = "button";
  turn.textContent = "Reverse";
  choice.addEventListener("change", () => buttons[choice.value].click());
  turn.addEventListener("click", () => buttons[choice.value].click());
  line.append(label, turn);
  table.before(line);
  const show = () => {
    choice.value = buttons.findIndex((button) => button.closest("th").ariaSort);
    if (choice.value === "") choice.value = choice.options[0].value;
    turn.disabled = choice.value === "";
  };
  table.tHead.addEventListener("click", show);
  const narrow = matchMedia(`(max-width: ${table.dataset.folds})`);
  const fold = () => {
    line.hidden = !narrow.matches;
    for (const button of buttons) button.tabIndex = narrow.matches ? -1 : 0;
  };
  narrow.addEventListener("change", fold);
  fold();
  show();
}

/** Sort by a column: the other way round where it is sorted by that already. */
export function sortBy(table, at, again = false) {
  const head = table.tHead.rows[0].cells[at];
  const numeric = head.classList.contains("n");
  const first = numeric && head.dataset.rise === undefined ? "descending" : "ascending";
  const now = head.getAttribute("aria-sort");
  const direction = again ? (now ?? first) : now === null ? first : now === "ascending" ? "descending" : "ascending";
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", direction);
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row) => {
    const exact = head.dataset.key && row.dataset[head.dataset.key];
    const shown = head.dataset.key ? (exact ?? "") : (row.cells[at]?.textContent ?? "");
    return { row, value: valueOf(shown, numeric), old: row.classList.contains("old") };
  });
  body.append(...ordered(rows, direction === "ascending").map(({ row }) => row));
}
