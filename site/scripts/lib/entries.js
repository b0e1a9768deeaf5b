// What the page puts into the browser's history: an entry for each choice, and one for each word that is typed.

export class Entries {
  /** @param {() => string} address of what the page shows now */
  constructor(address) {
    this.address = address;
    this.word = ""; // the address with a word's first letter, until its entry is made
  }

  /** Put the address of now into a new entry, or into the one that is there. */
  note(asNew) {
    this.enter();
    put(this.address(), asNew);
  }

  /** Remember that a word begins: making its entry takes long, so it is made once the letter is painted. */
  begin() {
    this.word = this.address();
  }

  /** Make the entry of the word that has begun, if one has. */
  enter() {
    if (this.word) put(this.word, true);
    this.word = "";
  }

  /** Make it after the frame. */
  enterSoon() {
    if (this.word) setTimeout(() => this.enter());
  }

  /** Forget it: the reader has gone to another entry. */
  leave() {
    this.word = "";
  }
}

function put(url, asNew) {
  if (url === location.pathname + location.search + location.hash) return;
  history[asNew ? "pushState" : "replaceState"](null, "", url);
}
