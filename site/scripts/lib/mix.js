// The reader's own mix of input and output tokens: kept on this machine, for all pages.
import { mix } from "./amount.js";

/** What was kept, as text; empty where nothing was, or nothing that is understood. */
export function kept() {
  try {
    const text = localStorage.getItem("mix") ?? "";
    return text && mix(text) ? text : "";
  } catch {
    return "";
  }
}

/** Keep a mix; the default is not worth keeping. */
export function keep(text) {
  try {
    if (text && text !== "3:1" && mix(text)) localStorage.setItem("mix", text);
    else localStorage.removeItem("mix");
  } catch {
    // Storage is switched off: it holds for this page.
  }
}
