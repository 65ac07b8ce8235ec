/** What is still going on in a running call. Pure. */

/** @import { Detail } from "./types.js" */

/**
 * The same detail, with an end of null for what has none yet. The workflow judges as if the call ended at its own last
 * event: an interval or a pause that goes on would seem to have ended there.
 * @param {Detail} detail
 * @returns {Detail}
 */
export function asItStands(detail) {
  if (!detail.live || detail.ended_at) return detail;
  const { transcription } = detail;
  return {
    ...detail,
    intervals: transcription === "on" ? openLast(detail.intervals, () => true) : detail.intervals,
    gaps: transcription === "paused" ? openLast(detail.gaps, (gap) => gap.cause === "paused") : detail.gaps,
  };
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
