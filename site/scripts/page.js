// What every page has: the facts' age, tables that sort, charts that speak, texts that are copied.
import { show } from "./lib/age.js";
import { written } from "./lib/copy.js";
import { sortable } from "./lib/sortable.js";
import { speaking } from "./lib/tips.js";

show(document.getElementById("age"));
for (const table of document.querySelectorAll("table[data-sortable]")) sortable(table);
for (const chart of document.querySelectorAll("svg.chart")) speaking(chart);
for (const button of document.querySelectorAll("[data-copy-text]")) {
  button.hidden = false;
  const name = button.textContent;
  button.addEventListener("click", async () => {
    button.textContent = (await written(button.dataset.copyText)) ? "Copied" : "Could not copy";
  });
  button.addEventListener("blur", () => (button.textContent = name));
}
