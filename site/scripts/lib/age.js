// How old the facts are, reckoned where they are read: a page of unchanged facts is not built anew.

const DAY_MS = 86_400_000;
const AMBER = 3, RED = 30; // days, as on the command line

/** What to say of an age in days, and its class. */
export function told(days) {
  const said = days < 1 ? "today" : days === 1 ? "1 day old" : `${days.toLocaleString("en-US")} days old`;
  return { said, kind: days >= RED ? "very-old" : days >= AMBER ? "older" : "" };
}

/** Whole days between a moment and now; a clock that is behind is no negative age. */
export function daysSince(moment, now) {
  return Math.max(0, Math.floor((now - Date.parse(moment)) / DAY_MS));
}

/** Say it beside the date. */
export function show(box, now = Date.now()) {
  const days = daysSince(box.querySelector("time").dateTime, now);
  if (Number.isNaN(days)) return;
  const { said, kind } = told(days);
  box.querySelector("span").textContent = ` · ${said}`;
  if (kind) box.classList.add(kind);
}
