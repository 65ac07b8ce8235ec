/** What is still going on in a running call, and when nothing was. Pure. */

import { stateWords, verdictMark } from "./format.js";

/** @import { Detail, Gap } from "./types.js" */

/** Shorter than this is only the order in which a call's last events came. */
const NOTICED = 1000;
const ASKED_FOR = ["paused", "stopped"];
const SWITCHED_OFF = ["off", "stopped"];
/** A start that nobody has to ask for takes no longer; the wait for it is no stretch of its own. */
const STARTS_WITHIN = 5000;
/** @type {Record<string, [string, string]>} */
const UNHEARD = {
  connecting: ["Calling …", "Captions appear here as soon as somebody speaks."],
  transcribing: ["Listening …", "Nobody has spoken yet."],
  paused: ["Paused", "Once it is resumed, what is said from then on appears here."],
  connected: ["Transcription is off", "Once it is started, what is said from then on appears here."],
  stopped: ["Transcription is off", "Once it is started again, what is said from then on appears here."],
  draining: ["The call has ended", "Words that are still on their way would appear here."],
};
const STARTING = /^(start transcription|transcription starts)/;

/**
 * The same detail, with an end of null for what has none yet. The workflow judges as if the call ended at its own last
 * event: an interval, a pause or a stop that goes on would seem to have ended there.
 * @param {Detail} detail
 * @returns {Detail}
 */
export function asItStands(detail) {
  if (!detail.live || detail.ended_at) return detail;
  const { transcription, intervals, gaps } = detail;
  const since = intervals.at(-1)?.start ?? "";
  return {
    ...detail,
    intervals: transcription === "on" ? openLast(intervals, () => true) : intervals,
    gaps: openLast(gaps, (gap) => gap.cause === transcription && ASKED_FOR.includes(gap.cause) && gap.start >= since),
  };
}

/**
 * When transcription was neither on nor in a gap while the call stood: before it was started for the first time, and after
 * a stop that is no gap yet, or never becomes one. It is drawn as gaps are, but is none.
 * @param {Detail} detail as it stands
 * @returns {Gap[]}
 */
export function switchedOff({ connected_at, intervals, gaps, streams, steps, ended_at, live, transcription }) {
  // Of calls sealed long ago nobody knows when it was on.
  if (!intervals.length && streams.length) return [];
  const known = [...intervals, ...gaps].map(({ start, end }) => ({ from: Date.parse(start), to: end ? Date.parse(end) : Infinity }));
  known.sort((one, other) => one.from - other.from);
  /** @type {Gap[]} */
  const found = [];
  const add = (/** @type {number} */ from, /** @type {number | null} */ to) => {
    if (to !== null && to - from < NOTICED) return;
    found.push({ start: new Date(from).toISOString(), end: to === null ? null : new Date(to).toISOString(), cause: "off", note: "" });
  };
  const connected = connected_at ? Date.parse(connected_at) : Infinity;
  let until = known[0]?.from ?? connected;
  if (until - connected >= STARTS_WITHIN) add(connected, until);
  for (const { from, to } of known) {
    add(until, from);
    until = Math.max(until, to);
  }
  if (until === Infinity) return found;
  if (ended_at) add(until, Date.parse(ended_at));
  else if (live && SWITCHED_OFF.includes(transcription) && !steps.some(({ name, finished_at }) => !finished_at && STARTING.test(name))) add(until, null);
  return found;
}

/**
 * What to say where no words are: a heading and a sentence.
 * @param {Detail} detail
 * @returns {[string, string]}
 */
export function whyNothing({ live, state, verdict, verdict_reason }) {
  if (!live) return [`${verdictMark(verdict ?? "")} There are no words of this call`, verdict_reason ?? ""];
  return UNHEARD[state] ?? [stateWords(state), "What is said appears here as soon as it is known."];
}

/**
 * @template {{end: string | null}} T
 * @param {T[]} stretches in order
 * @param {(stretch: T) => boolean} fits
 * @returns {T[]}
 */
function openLast(stretches, fits) {
  const last = stretches.findLast(fits);
  return stretches.map((each) => (each === last ? { ...each, end: null } : each));
}
