/** The segments that the page knows of a call, in order. Pure. */

import { milliseconds } from "./format.js";

/** @import { Segment } from "./types.js" */
/** @typedef {Segment & {id: string, at: number, length: number}} Placed `at` and `length` in milliseconds */

/**
 * What a link to a segment names: `STREAM:POSITION`.
 * @param {{stream: string, position: number}} segment
 */
export const idOf = ({ stream, position }) => `${stream}:${position}`;

/**
 * @param {Placed} one
 * @param {Placed} other
 */
function compare(one, other) {
  if (one.at !== other.at) return one.at - other.at;
  if (one.stream !== other.stream) return one.stream < other.stream ? -1 : 1;
  return one.position - other.position;
}

export class Transcript {
  /** @type {Placed[]} */
  segments = [];
  /** Whether the server has segments before the first one here. */
  earlier = false;
  /** @type {Map<string, Placed>} */
  #known = new Map();
  #changedFrom = 0;

  /**
   * Take a segment, or a newer version of one.
   * @param {Segment} segment
   * @returns {"new" | "changed" | "same"}
   */
  upsert(segment) {
    const at = Date.parse(segment.received_at);
    const placed = { ...segment, id: idOf(segment), at, length: milliseconds(segment.duration) };
    const known = this.#known.get(placed.id);
    if (known && known.at === at && known.length === placed.length && known.text === placed.text && known.stored === placed.stored && known.late === placed.late && known.locale === placed.locale) return "same";
    if (known) {
      const from = this.#place(known);
      this.segments.splice(from, 1);
      this.#touch(from);
    }
    const to = this.#place(placed);
    this.segments.splice(to, 0, placed);
    this.#touch(to);
    this.#known.set(placed.id, placed);
    return known ? "changed" : "new";
  }

  /**
   * Add what comes before; one sort, however much it is.
   * @param {Segment[]} segments
   * @param {boolean} earlier
   */
  prepend(segments, earlier) {
    for (const segment of segments) {
      const placed = { ...segment, id: idOf(segment), at: Date.parse(segment.received_at), length: milliseconds(segment.duration) };
      if (this.#known.has(placed.id)) continue;
      this.#known.set(placed.id, placed);
      this.segments.push(placed);
    }
    this.segments.sort(compare);
    this.earlier = earlier;
    this.#changedFrom = 0;
  }

  /**
   * Keep what an older load reached back to, if this one joins it.
   * @param {Transcript} older
   */
  goOnFrom(older) {
    const first = this.segments[0];
    if (!this.earlier || !first || !older.get(first.id)) return;
    this.prepend(older.segments.slice(0, older.segments.findIndex(({ id }) => id === first.id)), older.earlier);
  }

  /** @param {string} id */
  get(id) {
    return this.#known.get(id);
  }

  /** The index of the first segment that is not as it was when this was last asked; infinite if all are. */
  takeChanged() {
    const from = this.#changedFrom;
    this.#changedFrom = Infinity;
    return from;
  }

  /** Everything is to be laid out anew. */
  touchAll() {
    this.#changedFrom = 0;
  }

  /**
   * The index of the first segment received at that instant or later.
   * @param {number} at
   */
  indexAt(at) {
    return this.#search((segment) => segment.at < at);
  }

  /** @param {number} index */
  #touch(index) {
    this.#changedFrom = Math.min(this.#changedFrom, index);
  }

  /** @param {Placed} placed */
  #place(placed) {
    const last = this.segments.at(-1);
    if (last && compare(last, placed) < 0) return this.segments.length;
    return this.#search((segment) => compare(segment, placed) < 0);
  }

  /** @param {(segment: Placed) => boolean} before */
  #search(before) {
    let [low, high] = [0, this.segments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (before(this.segments[middle])) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
