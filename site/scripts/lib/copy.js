// A button beside code that copies it, and says whether it could.

/** @param {HTMLElement} code a pre element */
export function copyable(code) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  const said = document.createElement("span");
  said.className = "hidden-text";
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    const done = await written(code.textContent);
    if (!done) getSelection().selectAllChildren(code);
    button.textContent = done ? "Copied" : "Selected";
    said.textContent = done ? "Copied" : "Could not copy: the code is selected";
  });
  button.addEventListener("blur", () => {
    button.textContent = "Copy";
    said.textContent = "";
  });
  code.before(button, said);
}

/** Whether a text is on the clipboard now. */
export async function written(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // not allowed, or no secure context
  }
}
