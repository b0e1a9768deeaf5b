// What a point of a chart says: on hover, on touch, and by the keyboard, where arrows go from point to point.

let box = null;

function tip() {
  if (box) return box;
  box = document.createElement("div");
  box.className = "tip";
  box.setAttribute("aria-hidden", "true"); // the point itself is named
  document.body.append(box);
  return box;
}

function show(point) {
  const { left, right, top } = point.getBoundingClientRect();
  const shown = tip();
  shown.textContent = point.getAttribute("aria-label");
  shown.hidden = false;
  const wide = shown.offsetWidth;
  const middle = (left + right) / 2 - wide / 2;
  const most = document.documentElement.clientWidth - wide - 8;
  shown.dataset.at = "";
  shown.attributeStyleMap.set("left", CSS.px(Math.max(8, Math.min(most, middle)) + scrollX));
  shown.attributeStyleMap.set("top", CSS.px(Math.max(8, top - shown.offsetHeight - 8) + scrollY));
}

function hide() {
  if (box) box.hidden = true;
}

/** Move the focus to another point of the same chart. */
function step(points, point, by) {
  const next = points[points.indexOf(point) + by];
  if (!next) return;
  point.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/** Let the points of a chart speak. */
export function speaking(chart) {
  const points = [...chart.querySelectorAll(".hit")];
  if (!points.length) return;
  chart.setAttribute("role", "group"); // an image has no parts that could be focused
  points.forEach((point, at) => {
    const title = point.querySelector("title");
    point.setAttribute("aria-label", title.textContent);
    title.remove(); // else the browser would say it a second time
    if (point.localName !== "a") point.setAttribute("role", "img");
    point.tabIndex = at ? -1 : 0;
    point.addEventListener("focus", () => show(point));
    point.addEventListener("blur", hide);
    point.addEventListener("pointerenter", () => show(point));
    point.addEventListener("pointerleave", hide);
    point.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape") hide();
      if (!by) return;
      event.preventDefault();
      step(points, point, by);
    });
  });
}
