// The theme that the reader chose, before anything is painted; without a choice, the system's.
const root = document.documentElement;

function stored() {
  try {
    return localStorage.getItem("theme");
  } catch {
    return null;
  }
}

function apply(theme) {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
}

function shown() {
  return root.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
}

function label(button) {
  const next = shown() === "dark" ? "light" : "dark";
  button.textContent = next === "dark" ? "Dark" : "Light";
  button.setAttribute("aria-label", `Switch to the ${next} theme`);
}

root.dataset.js = ""; // what only scripts make useful is shown from now on
apply(stored());
addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("theme");
  button.hidden = false;
  label(button);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => label(button));
  button.addEventListener("click", () => {
    apply(shown() === "dark" ? "light" : "dark");
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // Storage is switched off: the choice holds for this page.
    }
    label(button);
  });
});
