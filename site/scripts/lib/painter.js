// The rows on the page: none is painted anew that stands where it did, and while somebody types few at a time.

const SLICE = 3; // rows painted in the frame of a key; those below follow in the next, in place of the old ones

export class Painter {
  /** @param {HTMLElement} body of the table @param {(entries: object[]) => DocumentFragment} make their rows */
  constructor(body, make) {
    this.body = body;
    this.make = make;
    this.painted = []; // the entries of the rows that this has painted, in their order
    this.frame = 0; // of the slice that is still to come
  }

  /** Show the rows of these entries and no others; `sliced`: a few now, the others in the next frame. */
  show(entries, sliced = false) {
    cancelAnimationFrame(this.frame);
    let same = 0;
    while (same < entries.length && this.painted[same] === entries[same]) same += 1;
    const until = sliced ? Math.min(entries.length, same + SLICE) : entries.length;
    const more = until < entries.length;
    this.replace(same, until, entries.length, entries.slice(same, until));
    this.painted = entries.slice(0, until);
    if (more) this.frame = requestAnimationFrame(() => this.show(entries));
  }

  /** Put rows in the place of those from one number up to another, and leave none from the number `end` on. */
  replace(from, until, end, entries) {
    const rows = [...this.body.children];
    for (const row of [...rows.slice(from, until), ...rows.slice(Math.max(until, end))]) row.remove();
    if (entries.length) this.body.insertBefore(this.make(entries), this.body.children[from] ?? null);
  }
}
