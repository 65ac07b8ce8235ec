/**
 * The order of a transcript, the same as in every export: by the opening of the stream in which an epoch began, then by
 * offset inside the epoch. `callscribe/transcript/sequencing.py` says what an epoch is, and why; what is decided there is
 * decided here as well, over the segments that the page has. Pure.
 */

/** @import { Placed } from "./transcript.js" */

const FALL_BACK = 50_000_000n;
const ON_ONE_SOCKET = 5_000_000n;
const INVERTED_ABOVE = 10n ** 15n;

/** Segments whose offsets have one zero. */
class Epoch {
  #frontier = 0n;
  /** Each participant's furthest end, and the stream that brought it. @type {Map<string, {end: bigint, stream: string}>} */
  #ends = new Map();

  /**
   * @param {string} stream in which it began
   * @param {number} number of those found
   * @param {bigint} first offset that arrived
   */
  constructor(stream, number, first) {
    this.stream = stream;
    this.number = number;
    this.inverted = first > INVERTED_ABOVE;
  }

  /**
   * Whether the segment's offset can have this epoch's zero.
   * @param {Placed} segment
   * @param {boolean} opensStream
   */
  takes(segment, opensStream) {
    if (this.inverted !== segment.from > INVERTED_ABOVE) return false;
    if (opensStream) return segment.to + FALL_BACK >= this.#frontier;
    const furthest = this.#ends.get(segment.participant.id);
    if (!furthest) return true;
    return segment.to + (furthest.stream === segment.stream ? ON_ONE_SOCKET : FALL_BACK) >= furthest.end;
  }

  /** @param {Placed} segment */
  heard(segment) {
    return this.#ends.has(segment.participant.id);
  }

  /** @param {Placed} segment */
  add(segment) {
    const { to: end, stream, participant } = segment;
    if (!this.#ends.size || end > this.#frontier) this.#frontier = end;
    const furthest = this.#ends.get(participant.id);
    if (!furthest || end >= furthest.end) this.#ends.set(participant.id, { end, stream });
  }

  /** @param {Placed} segment */
  distance(segment) {
    return segment.to > this.#frontier ? segment.to - this.#frontier : this.#frontier - segment.to;
  }
}

export class Sequence {
  /** @type {Map<string, Epoch[]>} */
  #lanes = new Map();
  /** The last of each stream. @type {Map<string, {stamp: number, position: number, opened: number}>} */
  #streams = new Map();
  /** @type {Placed | null} */
  #last = null;
  #opened;
  #found = 0;

  /** @param {Map<string, number>} opened when streams opened, as far as that is known; milliseconds since 1970 */
  constructor(opened) {
    this.#opened = opened;
  }

  /**
   * All of them in order; what came before is forgotten.
   * @param {Placed[]} segments in any order
   */
  sort(segments) {
    /** @type {Map<string, Placed[]>} */
    const streams = new Map();
    for (const segment of segments) {
      const members = streams.get(segment.stream);
      if (members) members.push(segment);
      else streams.set(segment.stream, [segment]);
    }
    this.#lanes.clear();
    this.#streams.clear();
    this.#last = null;
    this.#found = 0;
    const arrived = [];
    for (const [stream, members] of streams) {
      const opened = this.#opened.get(stream) ?? members.reduce((first, { at }) => Math.min(first, at), Infinity);
      let stamp = -Infinity;
      // The clock may have stepped back meanwhile; what a socket brought later was said no earlier.
      for (const segment of members.sort((one, other) => one.position - other.position)) {
        stamp = Math.max(stamp, segment.at);
        segment.stamp = stamp;
        segment.opened = opened;
        arrived.push(segment);
      }
    }
    for (const segment of arrived.sort(byArrival)) this.#assign(segment);
    return arrived.sort(this.compare);
  }

  /**
   * Take a segment that came after all others; false if it did not, and everything has to be sorted anew.
   * @param {Placed} segment
   */
  append(segment) {
    const stream = this.#streams.get(segment.stream);
    if (stream && segment.position <= stream.position) return false;
    segment.stamp = Math.max(segment.at, stream?.stamp ?? -Infinity);
    segment.opened = this.#opened.get(segment.stream) ?? Math.min(segment.at, stream?.opened ?? Infinity);
    // Where the clock stepped back, a stream of which nobody told its opening counts as opened earlier than it did.
    if (stream && segment.opened !== stream.opened) return false;
    if (this.#last && byArrival(segment, this.#last) < 0) return false;
    this.#assign(segment);
    return true;
  }

  /**
   * Place one that is still being said where its final would stand; it is not taken in. False where that is behind all
   * others, as the first of an epoch of its own.
   * @param {Placed} unsaid
   */
  foresee(unsaid) {
    const stream = this.#streams.get(unsaid.stream);
    unsaid.epoch = fitting(this.#laneOf(unsaid).slice(-2), unsaid, !stream);
    unsaid.stamp = Infinity;
    return unsaid.epoch !== null;
  }

  /**
   * @param {Placed} one
   * @param {Placed} other
   */
  compare = (one, other) => {
    const [mine, its] = [/** @type {Epoch} */ (one.epoch), /** @type {Epoch} */ (other.epoch)];
    if (mine !== its) {
      const [opened, then] = [this.#openingOf(mine), this.#openingOf(its)];
      if (opened !== then) return opened - then;
      if (mine.stream !== its.stream) return mine.stream < its.stream ? -1 : 1;
      return mine.number - its.number;
    }
    if (one.from !== other.from) return one.from < other.from ? -1 : 1;
    return byArrival(one, other);
  };

  /** @param {Epoch} epoch */
  #openingOf(epoch) {
    return this.#streams.get(epoch.stream)?.opened ?? 0;
  }

  /** @param {Placed} segment */
  #laneOf(segment) {
    const key = segment.subscription || `stream:${segment.stream}`;
    let lane = this.#lanes.get(key);
    if (!lane) this.#lanes.set(key, (lane = []));
    return lane;
  }

  /** @param {Placed} segment */
  #assign(segment) {
    const lane = this.#laneOf(segment);
    const opensStream = !this.#streams.has(segment.stream);
    let epoch = fitting(lane.slice(-2), segment, opensStream);
    if (!epoch) {
      epoch = new Epoch(segment.stream, this.#found++, segment.from);
      lane.push(epoch);
    }
    epoch.add(segment);
    segment.epoch = epoch;
    this.#streams.set(segment.stream, { stamp: segment.stamp, position: segment.position, opened: segment.opened });
    this.#last = segment;
  }
}

/**
 * The epoch of the lane's newest two that the segment belongs to.
 * @param {Epoch[]} newest
 * @param {Placed} segment
 * @param {boolean} opensStream
 */
function fitting(newest, segment, opensStream) {
  const last = newest.at(-1);
  const asked = last && (opensStream || last.heard(segment)) ? [last] : newest.reverse();
  /** @type {Epoch | null} */
  let nearest = null;
  for (const epoch of asked) {
    if (epoch.takes(segment, opensStream) && (!nearest || epoch.distance(segment) < nearest.distance(segment))) nearest = epoch;
  }
  return nearest;
}

/**
 * In a stream its own numbers count, between streams the clock.
 * @param {Placed} one
 * @param {Placed} other
 */
function byArrival(one, other) {
  if (one.stamp !== other.stamp) return one.stamp - other.stamp;
  if (one.stream === other.stream) return one.position - other.position;
  if (one.opened !== other.opened) return one.opened - other.opened;
  return one.stream < other.stream ? -1 : 1;
}
