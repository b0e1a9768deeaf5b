// Ticks in the models' table: two to four models that are opened side by side. They stay ticked whatever is shown.
import { clean } from "./format.js";

const LEAST = 2, MOST = 4;

export class Picks {
  /** @param bar what says how many are ticked and leads to their comparison @param root the site's root */
  constructor(bar, root) {
    this.bar = bar;
    this.root = root;
    this.ids = new Set();
    bar.querySelector("button").addEventListener("click", () => {
      this.ids.clear();
      for (const box of document.querySelectorAll("#rows .pick")) box.checked = false;
      this.show();
    });
  }

  /** Give a row its box, or let the one that it has be of the model that it is of now. */
  equip(row) {
    const name = row.querySelector("th");
    const id = name.textContent;
    const box = name.querySelector(".pick") ?? this.added(name);
    box.setAttribute("aria-label", `Compare ${clean(id)}`);
    box.checked = this.ids.has(id);
    return row;
  }

  added(name) {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.className = "pick";
    box.addEventListener("change", () => this.toggle(name.textContent, box));
    name.prepend(box);
    return box;
  }

  toggle(id, box) {
    if (!box.checked) this.ids.delete(id);
    else if (this.ids.size < MOST) this.ids.add(id);
    else box.checked = false;
    this.show(this.ids.size === MOST && !box.checked ? "four are the most" : "");
  }

  show(note = "") {
    const count = this.ids.size;
    const [said, link] = this.bar.children;
    this.bar.hidden = count === 0;
    const hint = count < LEAST ? "tick one more" : note;
    said.textContent = `${count} ticked${hint && ` · ${hint}`}`;
    link.hidden = count < LEAST;
    link.href = `${this.root}compare/?${new URLSearchParams([...this.ids].map((id) => ["models", id]))}`;
  }
}
