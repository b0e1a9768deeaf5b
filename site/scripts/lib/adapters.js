// Adapters, by name alone: loaded when somebody types, and searched behind the models.
import { clean } from "./format.js";
import { json } from "./index.js";
import { words } from "./search.js";

const SHOWN = 20;
const PAUSE_MS = 150; // a pause in typing, so that no key waits for tens of thousands of names

/** A list of adapters beside the search. `ask(query)` shows those that match, soon. */
export class Adapters {
  constructor(section, address, root) {
    this.section = section;
    this.address = address;
    this.root = root;
    this.timer = 0;
  }

  ask(query) {
    clearTimeout(this.timer);
    if (!this.address) return;
    if (query.trim().length < 2) this.section.hidden = true;
    else this.timer = setTimeout(() => this.show(query), PAUSE_MS);
  }

  async show(query) {
    this.loading ??= json(this.address);
    let list;
    try {
      list = await this.loading;
    } catch {
      this.loading = undefined; // the next key tries again; models are found without it
      return;
    }
    list.lower ??= list.id.map((name) => name.toLowerCase());
    const wanted = words(query);
    const found = [];
    let count = 0;
    list.lower.forEach((name, i) => {
      if (!wanted.every((word) => name.includes(word))) return;
      count += 1;
      if (found.length < SHOWN) found.push(i);
    });
    this.paint(list, found, wanted.length ? count : 0);
  }

  paint(list, found, count) {
    this.section.hidden = count === 0;
    const [, said, names] = this.section.children;
    said.textContent = `${count} of ${list.id.length} adapters match${count > found.length ? `, the ${found.length} most used shown` : ""}. Each has a line in the list of all.`;
    names.replaceChildren(...found.map((i) => this.item(list.id[i], `${list.places[list.place[i]]}#${list.odd[i] ?? `line/${list.id[i]}`}`)));
  }

  item(name, place) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.textContent = clean(name);
    link.href = this.root + place;
    item.append(link);
    return item;
  }
}
