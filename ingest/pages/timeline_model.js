/** What the timeline draws, as spans of time and of pixels. Pure. */

import { sameLocale } from "./format.js";

/** @import { Detail, Gap, LocaleInForce } from "./types.js" */
/** @import { Placed } from "./transcript.js" */
/** @typedef {{from: number, to: number}} Span */

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400].map((each) => each * 1000);
const UNKNOWN_LENGTH = 1200;

/**
 * The call from where times into it count, or from what is missing before that, to its end or to now; to its last words
 * where nobody knows of its end. Milliseconds since 1970.
 * @param {Detail} detail
 * @param {Gap[]} missing
 * @param {Placed[]} segments
 * @param {number} now
 * @returns {Span}
 */
export function extent(detail, missing, segments, now) {
  const from = Math.min(Date.parse(detail.zero_at), ...missing.map(({ start }) => Date.parse(start)));
  const said = () => segments.reduce((last, { at }) => Math.max(last, at), from);
  const to = detail.ended_at ? Date.parse(detail.ended_at) : detail.live ? now : said();
  return { from, to: Math.max(to, from + 1000) };
}

/**
 * When a stretch ends; one that goes on ends where the picture does.
 * @param {{end: string | null}} stretch
 * @param {Span} span
 */
export const endOf = (stretch, span) => (stretch.end ? Date.parse(stretch.end) : span.to);

/**
 * From times to pixels and back.
 * @param {Span} span
 * @param {number} left
 * @param {number} width
 */
export function scale(span, left, width) {
  const perPixel = (span.to - span.from) / Math.max(1, width);
  return {
    x: (/** @type {number} */ at) => left + Math.min(width, Math.max(0, (at - span.from) / perPixel)),
    at: (/** @type {number} */ x) => span.from + Math.min(width, Math.max(0, x - left)) * perPixel,
  };
}

/**
 * Round times for the axis, in milliseconds into the call, at least `apart` pixels from each other.
 * @param {Span} span
 * @param {number} zero from where they count
 * @param {number} width
 * @param {number} apart
 */
export function axis(span, zero, width, apart) {
  const length = span.to - span.from;
  const step = STEPS.find((each) => (each / length) * width >= apart) ?? Math.ceil(length / 86_400_000) * 86_400_000;
  const found = [];
  for (let at = Math.ceil((span.from - zero) / step) * step; at <= span.to - zero; at += step) found.push(at);
  return found;
}

/**
 * When one participant spoke, in whole pixels: spans that touch are one, so that ten thousand segments draw few shapes.
 * @param {Placed[]} segments of that participant, in order
 * @param {(at: number) => number} x
 * @returns {Span[]}
 */
export function spoken(segments, x) {
  /** @type {Span[]} */
  const spans = [];
  for (const segment of segments) {
    const from = Math.floor(x(segment.at - (segment.length || UNKNOWN_LENGTH)));
    const to = Math.max(from + 2, Math.ceil(x(segment.at)));
    const last = spans.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else spans.push({ from, to });
  }
  return spans;
}

/**
 * Where the locale changes: the first one, then every other; by the segments only until the first change that is told.
 * @param {Placed[]} segments
 * @param {LocaleInForce[]} told in order
 * @returns {{at: number, locale: string}[]}
 */
export function locales(segments, told) {
  /** @type {{at: number, locale: string}[]} */
  const found = [];
  const add = (/** @type {number} */ at, /** @type {string} */ locale) => {
    if (!sameLocale(found.at(-1)?.locale ?? null, locale)) found.push({ at, locale });
  };
  const toldSince = told.length ? Date.parse(told[0].at) : Infinity;
  for (const segment of segments) {
    if (segment.at >= toldSince) break;
    if (segment.locale) add(segment.at - segment.length, segment.locale);
  }
  for (const { at, locale } of told) add(Date.parse(at), locale);
  return found;
}

/**
 * The segment that was being said at an instant, or the nearest one; of several the one whose middle is nearest.
 * @param {Placed[]} segments in order
 * @param {number} at
 * @returns {Placed | null}
 */
export function nearest(segments, at) {
  /** @type {Placed | null} */
  let found = null;
  let [away, off] = [Infinity, Infinity];
  for (const segment of segments) {
    const far = distance(segment, at);
    const middle = Math.abs(segment.at - segment.length / 2 - at);
    if (far < away || (far === away && middle < off)) [found, away, off] = [segment, far, middle];
  }
  return found;
}

/**
 * Milliseconds from an instant to when a segment was being said; 0 while it was.
 * @param {Placed} segment
 * @param {number} at
 */
export const distance = (segment, at) => Math.max(segment.at - segment.length - at, at - segment.at, 0);
