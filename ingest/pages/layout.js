/** From segments to what stands on the page: utterances, and between them gaps, pauses and changes of locale. Pure. */

import { sameLocale } from "./format.js";

/** @import { Gap, LocaleInForce } from "./types.js" */
/** @import { Placed } from "./transcript.js" */
/** @typedef {{first: number, gap: number, told: number, locale: string | null}} Place where to begin: segment, gap, change of locale, locale in force */
/** @typedef {{kind: "utterance", key: string, begin: Place, segments: Placed[], continued: boolean, apart: boolean}} Utterance */
/** @typedef {{kind: "gap", key: string, begin: Place, gap: Gap}} GapItem */
/** @typedef {{kind: "locale", key: string, begin: Place, locale: string}} LocaleItem */
/** @typedef {Utterance | GapItem | LocaleItem} Item */

/** A silence that parts what one participant says into two paragraphs. */
const SILENCE = 8000;
const LONGEST = 16;

/** @type {Place} */
export const BEGINNING = { first: 0, gap: 0, told: 0, locale: null };

/**
 * A locale changes when the call says so; before the first time that is told, with the segments.
 * @param {Placed[]} segments in order
 * @param {Gap[]} gaps in order of their beginning
 * @param {LocaleInForce[]} locales in order, as far as told
 * @param {Place} [begin]
 * @param {Set<number>} [apart] segments that have something else before them, which is still being said
 * @returns {Item[]}
 */
export function layout(segments, gaps, locales, begin = BEGINNING, apart = new Set()) {
  let { gap, told, locale } = begin;
  /** @type {Item[]} */
  const items = [];
  /** @type {Utterance | null} */
  let open = null;
  const change = (/** @type {string} */ to, /** @type {string} */ key, /** @type {Place} */ place) => {
    if (locale !== null && !sameLocale(locale, to)) {
      items.push({ kind: "locale", key, begin: place, locale: to });
      open = null;
    }
    locale = to;
  };
  const marksBefore = (/** @type {Placed | undefined} */ segment, /** @type {number} */ first) => {
    for (;;) {
      const [missing, next] = [gaps[gap], locales[told]];
      const missingSince = missing ? Date.parse(missing.start) : Infinity;
      const inForceSince = next && isInForce(next, segment, locale) ? Date.parse(next.at) : Infinity;
      const place = { first, gap, told, locale };
      if (inForceSince < missingSince) {
        told++;
        change(next.locale, `locale ${next.at} ${next.locale}`, place);
      } else if (missing && (!segment || missingSince <= segment.at - segment.length)) {
        gap++;
        items.push({ kind: "gap", key: `gap ${missing.start} ${missing.cause}`, begin: place, gap: missing });
        open = null;
      } else return;
    }
  };
  for (let index = begin.first; index < segments.length; index++) {
    const segment = segments[index];
    marksBefore(segment, index);
    if (segment.locale && told === 0) change(segment.locale, `locale ${segment.id}`, { first: index, gap, told, locale });
    if (open && !apart.has(index) && belongs(open, segment)) open.segments.push(segment);
    else {
      const last = items.at(-1);
      open = { kind: "utterance", key: segment.id, begin: { first: index, gap, told, locale }, segments: [segment], continued: false, apart: apart.has(index) };
      open.continued = goesOn(last, open);
      items.push(open);
    }
  }
  marksBefore(undefined, segments.length);
  return items;
}

/**
 * Whether a locale is in force as a segment is said: the segment's own locale knows better than the clocks.
 * @param {LocaleInForce} next
 * @param {Placed | undefined} segment none once all of them have been laid out
 * @param {string | null} before the locale in force until then
 */
function isInForce(next, segment, before) {
  if (!segment) return true;
  const since = Date.parse(next.at);
  if (sameLocale(segment.locale, before)) return since <= segment.at - segment.length;
  return since <= segment.at || sameLocale(segment.locale, next.locale);
}

/**
 * Whether an utterance is by whoever spoke right before it.
 * @param {Item | undefined} before
 * @param {Utterance} utterance
 */
export const goesOn = (before, utterance) => !utterance.apart && before?.kind === "utterance" && before.segments[0].participant.id === utterance.segments[0].participant.id;

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

/**
 * The locales to draw changes to; of those before the first known segment only the last, which was in force then.
 * @param {LocaleInForce[]} locales in order
 * @param {Placed[]} segments
 * @param {boolean} earlier whether there are segments before the first one
 */
export function localesToDraw(locales, segments, earlier) {
  if (!earlier || !segments.length) return locales;
  return locales.slice(Math.max(0, locales.findLastIndex((each) => Date.parse(each.at) < segments[0].at)));
}
