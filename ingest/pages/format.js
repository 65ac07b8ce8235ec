/** Times, states and causes in words. Pure. */

const TICKS_PER_MILLISECOND = 10_000n;

/**
 * Ticks of 100 ns, as a decimal string, in milliseconds.
 * @param {string | null} ticks
 */
export const milliseconds = (ticks) => (ticks ? Number(BigInt(ticks) / TICKS_PER_MILLISECOND) : 0);

/** @param {number} number */
const two = (number) => String(number).padStart(2, "0");

/**
 * A length of time as `m:ss` or `h:mm:ss`; also the time into a call.
 * @param {number} ms
 */
export function lapse(ms) {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

/**
 * A moment of a call as `m:ss`; with a minus where it lies before the zero from which its times count.
 * @param {number} ms
 */
export const moment = (ms) => (ms <= -1000 ? `\u2212${lapse(-ms)}` : lapse(ms));

/**
 * A length of time in words: `0.4 s`, `12 s`, `3 min 4 s`, `2 h 5 min`.
 * @param {number} ms
 */
export function lengthWords(ms) {
  if (ms < 9_950) return `${(Math.max(0, ms) / 1000).toFixed(1).replace(/\.0$/, "")} s`;
  const total = Math.round(ms / 1000);
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  if (hours) return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  if (!minutes) return `${seconds} s`;
  return seconds ? `${minutes} min ${seconds} s` : `${minutes} min`;
}

/**
 * The time of day here, to the second.
 * @param {string | number} instant
 */
export function clock(instant) {
  const at = new Date(instant);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/**
 * Day and time of day here; the day is left out if it is today.
 * @param {string | number} instant
 * @param {number} now
 */
export function dayAndClock(instant, now) {
  const at = new Date(instant);
  const today = at.toDateString() === new Date(now).toDateString();
  if (today) return clock(instant);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(instant)}`;
}

/**
 * A participant's label for running text: a telephone number stays on one line.
 * @param {string} label
 */
export const unbroken = (label) => (/^\+[\d ]+$/.test(label) ? label.replaceAll(" ", "\u00a0") : label);

/** @type {Record<string, string>} */
const STATES = {
  connecting: "Connecting",
  connected: "Connected, not transcribing",
  transcribing: "Transcribing",
  paused: "Paused",
  stopped: "Transcription stopped",
  draining: "Ended, finishing",
  sealed: "Over",
  failed: "Failed",
};

/**
 * Where a call stands, in words.
 * @param {string} state
 */
export const stateWords = (state) => STATES[state] ?? state;

/** @type {Record<string, string>} */
const MARKS = { complete: "✓", partial: "◐", empty: "○", failed: "✕" };

/**
 * The sign of a verdict, so that colour is never all that tells one from another.
 * @param {string} verdict
 */
export const verdictMark = (verdict) => MARKS[verdict] ?? "•";

/** @type {Record<string, [string, string]>} */
const CAUSES = {
  paused: ["Paused", "Transcription was paused on request; what was said meanwhile is not in the transcript."],
  stopped: ["Transcription off", "Somebody had stopped it; what was said meanwhile is not in the transcript."],
  off: ["Transcription off", "It was not on; what was said meanwhile is not in the transcript."],
  "stream interrupted": ["Stream interrupted", "Transcription was on, but no stream was open: what was said then did not reach us."],
  "transcription failed": ["Transcription failed", "The service could not transcribe; what was said then is missing."],
  "transcription restarted": ["Transcription restarted", "It had to be stopped and started again; words in between may be missing."],
  "never delivered": ["Not delivered", "Segments of this stretch were received but never reached the transcript."],
  "stream not closed in time": ["Stream not closed in time", "The end of this stream was never confirmed; its last words may be missing."],
  unreadable: ["Unreadable messages", "Some messages could not be read; they are kept raw. When in the call is not known."],
};

/**
 * Why words may be missing: a heading and a sentence.
 * @param {string} cause
 * @returns {[string, string]}
 */
export const causeWords = (cause) => CAUSES[cause] ?? [cause, "Words may be missing here."];

/**
 * A locale as people call it: `German (Germany)`; the tag itself where the browser knows no name, nothing for none.
 * @param {string | null} locale
 */
export function localeName(locale) {
  if (!locale) return "";
  try {
    return new Intl.DisplayNames(["en"], { type: "language", languageDisplay: "standard" }).of(locale) ?? locale;
  } catch {
    return locale;
  }
}

/**
 * Whether two tags name one locale; ACS changes their case on the wire.
 * @param {string | null} one
 * @param {string | null} other
 */
export const sameLocale = (one, other) => fold(one) === fold(other);

/** @param {string | null} locale */
const fold = (locale) => (locale ?? "").replaceAll("_", "-").toLowerCase();

const TURNS = 4;

/**
 * The locales of a whole call, once it is over: `de-DE → fr-FR`, and each once where there are very many turns. Of a running
 * one the locale in force.
 * @param {{live: boolean, locale: string | null, locales: {locale: string}[]}} call
 * @param {(locale: string) => string} [named] how each is told
 */
export function localesOf({ live, locale, locales }, named = (each) => each) {
  const turns = live ? [] : locales.filter((each, index) => !sameLocale(each.locale, locales[index - 1]?.locale ?? null)).map((each) => each.locale);
  if (!turns.length) return locale ? named(locale) : "";
  const names = turns.map(named);
  return turns.length <= TURNS ? names.join(" \u2192 ") : [...new Set(names)].join(", ");
}

/**
 * A step's name for people: `start_transcription` as `start transcription`.
 * @param {string} name
 */
export const plainName = (name) => name.replaceAll("_", " ");

/**
 * `1 segment`, `2 segments`.
 * @param {number} count
 * @param {string} noun
 */
export const counted = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
