/** The segments that the page knows of a call, in the order of its transcript. Pure. */

import { milliseconds } from "./format.js";
import { Sequence } from "./sequence.js";

/** @import { Intermediate, Segment, Stream } from "./types.js" */
/**
 * `at` and `length` in milliseconds; `from` and `to` in ticks, with the zero of the epoch. What the order needs besides is
 * known once it has been sorted.
 * @typedef {Segment & {id: string, at: number, length: number, from: bigint, to: bigint, stamp: number, opened: number, epoch: object | null}} Placed
 */

/**
 * What a link to a segment names: `STREAM:POSITION`.
 * @param {{stream: string, position: number}} segment
 */
export const idOf = ({ stream, position }) => `${stream}:${position}`;

/**
 * @param {Segment} segment
 * @returns {Placed}
 */
function placed(segment) {
  const from = BigInt(segment.offset);
  const duration = BigInt(segment.duration ?? 0);
  const at = Date.parse(segment.received_at);
  const to = from + (duration > 0n ? duration : 0n);
  return { ...segment, id: idOf(segment), at, length: milliseconds(segment.duration), from, to, stamp: at, opened: at, epoch: null };
}

/**
 * As the server pages them.
 * @param {Placed} one
 * @param {Placed} other
 */
function byArrival(one, other) {
  if (one.at !== other.at) return one.at - other.at;
  if (one.stream !== other.stream) return one.stream < other.stream ? -1 : 1;
  return one.position - other.position;
}

/** What puts a segment into its place. @type {(keyof Placed)[]} */
const PLACING = ["at", "from", "to", "subscription"];
/** What is drawn of it. @type {(keyof Placed)[]} */
const SHOWN = ["text", "length", "stored", "late", "locale"];

export class Transcript {
  /** Whether the server has segments before the first one here. */
  earlier = false;
  /**
   * The one that arrived first, before which older ones are asked for. Not one that the server has brought out of turn:
   * there are others between it and those here.
   * @type {Placed | null}
   */
  oldest = null;
  /** @type {Placed[]} */
  #segments = [];
  /** @type {Map<string, Placed>} */
  #known = new Map();
  /** @type {Map<string, number>} */
  #openings = new Map();
  #sequence = new Sequence(this.#openings);
  /** Whether what is known has to be sorted anew; put off until somebody looks, however much comes until then. */
  #unsorted = false;
  #changedFrom = 0;
  /** Whether something has come to stand before what was there already. */
  #between = false;

  /** In order; not to be kept over changes. */
  get segments() {
    if (this.#unsorted) this.#sort();
    return this.#segments;
  }

  /**
   * Take a segment, or a newer version of one.
   * @param {Segment} segment
   * @returns {"new" | "changed" | "same"}
   */
  upsert(segment) {
    const fresh = placed(segment);
    const known = this.#known.get(fresh.id);
    if (known) return this.#renew(known, fresh);
    this.#learn(fresh, this.earlier);
    if (this.#unsorted || !this.#sequence.append(fresh)) this.#unsorted = true;
    else {
      const to = this.#place(fresh);
      this.#between ||= to < this.#segments.length;
      this.#segments.splice(to, 0, fresh);
      this.touch(to);
    }
    return "new";
  }

  /**
   * Add what comes before; one sort, however much it is.
   * @param {Segment[]} segments
   * @param {boolean} earlier
   */
  prepend(segments, earlier) {
    for (const segment of segments) {
      const known = this.#known.get(idOf(segment));
      if (known) this.#reach(known);
      else this.#learn(placed(segment));
    }
    this.#unsorted = true;
    this.earlier = earlier;
    this.#changedFrom = 0;
  }

  /**
   * When streams opened: what began in another stream stands before or behind, whenever its words came.
   * @param {Stream[]} streams
   */
  open(streams) {
    for (const { id, opened_at } of streams) {
      const at = Date.parse(opened_at);
      if (this.#openings.get(id) === at) continue;
      this.#openings.set(id, at);
      this.#unsorted ||= this.#known.size > 0;
    }
  }

  /**
   * Keep what an older load reached back to, if this one joins it.
   * @param {Transcript} older
   * @returns {boolean} whether all of it is here
   */
  goOnFrom(older) {
    const first = this.oldest;
    if (!this.earlier || !first || (older.oldest && this.get(older.oldest.id))) return true;
    if (!older.get(first.id)) return false;
    const since = older.oldest ?? first;
    const between = (/** @type {Placed} */ each) => byArrival(each, first) < 0 && byArrival(each, since) >= 0;
    this.prepend(older.segments.filter(between), older.earlier);
    return true;
  }

  /** @param {string} id */
  get(id) {
    return this.#known.get(id);
  }

  /** The index of the first segment that is not as it was when this was last asked; infinite if all are. */
  takeChanged() {
    if (this.#unsorted) this.#sort();
    const from = this.#changedFrom;
    this.#changedFrom = Infinity;
    this.#between = false;
    return from;
  }

  /**
   * Before which index the final of what is being said would stand, if it came now.
   * @param {Intermediate} intermediate
   */
  indexOf(intermediate) {
    const end = this.segments.length;
    if (intermediate.offset === null) return end;
    const unsaid = placed({ ...intermediate, offset: intermediate.offset, position: Infinity, received_at: intermediate.at, late: false, stored: false });
    return this.#sequence.foresee(unsaid) ? this.#place(unsaid) : end;
  }

  /** Whether what has changed may move what stands below it. */
  get moves() {
    return this.#unsorted || this.#between;
  }

  /** Everything is to be laid out anew. */
  touchAll() {
    this.#changedFrom = 0;
  }

  /**
   * Everything from there on is to be laid out anew.
   * @param {number} index
   */
  touch(index) {
    this.#changedFrom = Math.min(this.#changedFrom, index);
  }

  /**
   * @param {Placed} segment
   * @param {boolean} [outOfTurn] whether others may be missing between it and the oldest
   */
  #learn(segment, outOfTurn = false) {
    this.#known.set(segment.id, segment);
    if (!outOfTurn) this.#reach(segment);
  }

  /** @param {Placed} segment */
  #reach(segment) {
    if (!this.oldest || byArrival(segment, this.oldest) < 0) this.oldest = segment;
  }

  /**
   * @param {Placed} known
   * @param {Placed} fresh
   */
  #renew(known, fresh) {
    const moves = PLACING.some((each) => known[each] !== fresh[each]);
    if (!moves && SHOWN.every((each) => known[each] === fresh[each])) return "same";
    if (!moves && !this.#unsorted) this.touch(this.#place(known));
    const { stamp, opened, epoch } = known;
    Object.assign(known, fresh, { stamp, opened, epoch });
    if (moves) {
      this.#unsorted = true;
      this.#changedFrom = 0;
    }
    return "changed";
  }

  #sort() {
    const before = this.#segments;
    this.#segments = this.#sequence.sort([...this.#known.values()]);
    this.#unsorted = false;
    const first = this.#segments.findIndex((segment, index) => segment !== before[index]);
    if (first >= 0) this.touch(first);
  }

  /** @param {Placed} segment */
  #place(segment) {
    const { compare } = this.#sequence;
    const last = this.#segments.at(-1);
    if (last && compare(last, segment) < 0) return this.#segments.length;
    let [low, high] = [0, this.#segments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.#segments[middle], segment) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
