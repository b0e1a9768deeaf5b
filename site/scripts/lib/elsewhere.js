// What a search finds in the other tabs: how many in each, and the names where this tab has none.
import { clean } from "./format.js";
import { find } from "./search.js";

const NAMES = 8;

export class Elsewhere {
  constructor(links, line, root, here) {
    this.links = [...links].filter((link) => link.dataset.tab !== here);
    this.line = line;
    this.root = root;
    for (const link of this.links) link.dataset.page = link.getAttribute("href");
  }

  /** Search the other tabs by words, and say what they have; the links keep what was typed. */
  ask(index, query, none) {
    const all = query.trim() ? find(index, Array.from(index.id, (_, model) => ({ model })), query) : null;
    const found = all?.how === "words" ? all.found : [];
    for (const link of this.links) {
      const tasks = index.tabs.get(link.dataset.tab);
      const own = tasks ? found.filter(({ model }) => index.serves(model, tasks)) : [];
      link.querySelector(".found").textContent = own.length ? ` ${own.length}` : "";
      link.href = link.dataset.page + (query.trim() ? `?${new URLSearchParams({ q: query })}` : "");
    }
    this.names(index, none ? found : []);
  }

  names(index, found) {
    this.line.hidden = !found.length;
    if (!found.length) return;
    const links = found.slice(0, NAMES).map(({ model }) => {
      const link = document.createElement("a");
      link.textContent = clean(index.id[model]);
      link.href = this.root + index.place[model];
      return link;
    });
    this.line.replaceChildren("Of other kinds: ", ...links.flatMap((link, i) => (i ? [" · ", link] : [link])));
    if (found.length > NAMES) this.line.append(` · and ${found.length - NAMES} more in the tabs`);
  }
}
