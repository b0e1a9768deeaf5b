// Sections one below another become tabs: arrow keys, Home and End move between them, as is usual.

/** @param {HTMLElement} box whose children with data-tab are the panels; data-tabs names what they are */
export function tabs(box) {
  const panels = [...box.querySelectorAll(":scope > [data-tab]")];
  if (panels.length < 2) return;
  const list = document.createElement("div");
  list.setAttribute("role", "tablist");
  list.setAttribute("aria-label", box.dataset.tabs);
  const buttons = panels.map((panel, i) => button(panel, `${box.dataset.tabs}-${i}`.toLowerCase()));
  list.append(...buttons);
  box.prepend(list);
  box.classList.add("tabbed");
  const select = (chosen) => {
    for (const [i, tab] of buttons.entries()) {
      tab.setAttribute("aria-selected", String(i === chosen));
      tab.tabIndex = i === chosen ? 0 : -1;
      panels[i].hidden = i !== chosen;
    }
  };
  buttons.forEach((tab, i) => tab.addEventListener("click", () => select(i)));
  list.addEventListener("keydown", (event) => {
    const to = target(event.key, buttons.indexOf(document.activeElement), buttons.length);
    if (to === null) return;
    event.preventDefault();
    select(to);
    buttons[to].focus();
  });
  select(0);
}

function button(panel, id) {
  const made = document.createElement("button");
  made.type = "button";
  made.id = `tab-${id}`;
  made.textContent = panel.dataset.tab;
  made.setAttribute("role", "tab");
  made.setAttribute("aria-controls", `panel-${id}`);
  panel.id = `panel-${id}`;
  panel.setAttribute("role", "tabpanel");
  panel.removeAttribute("aria-label");
  panel.setAttribute("aria-labelledby", made.id);
  return made;
}

/** Which tab a key leads to, or null. */
function target(key, at, count) {
  const steps = { ArrowRight: (at + 1) % count, ArrowLeft: (at + count - 1) % count, Home: 0, End: count - 1 };
  return steps[key] ?? null;
}
