// The rows on the page: none is painted anew that stands where it did, and while somebody types few at a time.

const SLICE = 3; // rows painted in the frame of a key; those below follow it, in place of the old ones

export class Painter {
  /**
   * @param {HTMLElement} body of the table
   * @param {(entry: object, row?: HTMLElement) => HTMLElement} make an entry's row: a new one, or one that it made before
   */
  constructor(body, make) {
    this.body = body;
    this.make = make;
    this.made = new WeakSet(); // the rows that `make` has made
    this.painted = []; // the entries of the rows that this has painted, in their order
    this.timer = 0; // of the slice that is still to come
  }

  /** Show the rows of these entries and no others; those that differ are new: a click that has begun ends on no other model. */
  show(entries) {
    clearTimeout(this.timer);
    this.put(entries, entries.length, false);
  }

  /**
   * Show them while somebody types: a few in this frame, the others after it, in the rows that are there. The others are
   * not asked for as the next frame: the browser would put that before all else, the next key too.
   */
  follow(entries) {
    clearTimeout(this.timer);
    this.put(entries, SLICE, true);
    if (this.painted.length < entries.length) this.timer = setTimeout(() => this.put(entries, entries.length, true));
  }

  /** Put at most so many rows that differ in the place of old ones, and leave none below the last. */
  put(entries, most, again) {
    let same = 0;
    while (same < entries.length && this.painted[same] === entries[same]) same += 1;
    const until = Math.min(entries.length, same + most);
    const rows = [...this.body.children];
    for (const row of rows.slice(entries.length)) row.remove();
    const added = document.createDocumentFragment();
    for (let at = same; at < until; at++) {
      const old = rows[at];
      const row = this.make(entries[at], again && this.made.has(old) ? old : undefined);
      this.made.add(row);
      if (!old) added.append(row);
      else if (row !== old) old.replaceWith(row);
    }
    this.body.append(added);
    this.painted = entries.slice(0, until);
  }
}
