/** From segments to what stands on the page: utterances, and between them gaps, pauses and changes of locale. Pure. */

import { sameLocale } from "./format.js";

/** @import { Gap } from "./types.js" */
/** @import { Placed } from "./transcript.js" */
/** @typedef {{first: number, gap: number, locale: string | null}} Place where to begin: segment, gap, locale in force */
/** @typedef {{kind: "utterance", key: string, begin: Place, segments: Placed[], continued: boolean}} Utterance */
/** @typedef {{kind: "gap", key: string, begin: Place, gap: Gap}} GapItem */
/** @typedef {{kind: "locale", key: string, begin: Place, locale: string}} LocaleItem */
/** @typedef {Utterance | GapItem | LocaleItem} Item */

/** A silence that parts what one participant says into two paragraphs. */
const SILENCE = 8000;
const LONGEST = 16;

/** @type {Place} */
export const BEGINNING = { first: 0, gap: 0, locale: null };

/**
 * @param {Placed[]} segments in order
 * @param {Gap[]} gaps in order of their beginning
 * @param {Place} [begin]
 * @returns {Item[]}
 */
export function layout(segments, gaps, begin = BEGINNING) {
  let { gap, locale } = begin;
  /** @type {Item[]} */
  const items = [];
  /** @type {Utterance | null} */
  let open = null;
  const gapsBefore = (/** @type {number} */ at, /** @type {number} */ first) => {
    for (; gap < gaps.length && Date.parse(gaps[gap].start) <= at; gap++) {
      items.push({ kind: "gap", key: `gap ${gaps[gap].start} ${gaps[gap].cause}`, begin: { first, gap, locale }, gap: gaps[gap] });
      open = null;
    }
  };
  for (let index = begin.first; index < segments.length; index++) {
    const segment = segments[index];
    gapsBefore(segment.at, index);
    const place = { first: index, gap, locale };
    if (segment.locale) {
      if (locale !== null && !sameLocale(locale, segment.locale)) {
        items.push({ kind: "locale", key: `locale ${segment.id}`, begin: place, locale: segment.locale });
        open = null;
      }
      locale = segment.locale;
    }
    if (open && belongs(open, segment)) open.segments.push(segment);
    else {
      const last = items.at(-1);
      const continued = last?.kind === "utterance" && last.segments[0].participant.id === segment.participant.id;
      open = { kind: "utterance", key: segment.id, begin: { first: index, gap, locale }, segments: [segment], continued };
      items.push(open);
    }
  }
  gapsBefore(Infinity, segments.length);
  return items;
}

/**
 * Whether a segment goes on with what is being said.
 * @param {Utterance} utterance
 * @param {Placed} segment
 */
function belongs(utterance, segment) {
  const last = /** @type {Placed} */ (utterance.segments.at(-1));
  return last.participant.id === segment.participant.id
    && segment.at - segment.length - last.at < SILENCE
    && utterance.segments.length < LONGEST;
}

/**
 * The gaps to draw between segments, in order; those before the first known segment wait until it is loaded.
 * @param {Gap[]} gaps
 * @param {Placed[]} segments
 * @param {boolean} earlier whether there are segments before the first one
 */
export function gapsToDraw(gaps, segments, earlier) {
  const from = earlier && segments.length ? segments[0].at : -Infinity;
  return gaps.filter((gap) => Date.parse(gap.start) >= from).sort((one, other) => Date.parse(one.start) - Date.parse(other.start));
}
