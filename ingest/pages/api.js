/** Everything the page asks of the server, and how a refusal is told. */

/** @import { CallList, Delivery, Detail, Hit, Participant, Segment, Session } from "./types.js" */

export class ApiError extends Error {
  /**
   * @param {number} status HTTP status; 0 where no answer came at all
   * @param {string} message
   * @param {string} advice what to do about it; may be empty
   */
  constructor(status, message, advice) {
    super(message);
    this.status = status;
    this.advice = advice;
  }

  /** Message and advice as one text. */
  get words() {
    return [this.message, this.advice].filter(Boolean).join(" ");
  }
}

/** No answer came, because there is no connection. */
export class UnreachableError extends ApiError {
  /**
   * @param {boolean} sent whether what was asked may have reached the server all the same
   * @param {string} advice
   */
  constructor(sent, advice) {
    super(0, UNREACHABLE, advice);
    this.sent = sent;
  }
}

/** Dispatched on `window` when the server no longer knows this browser. */
export const EXPIRED = "callscribe-expired";

const UNREACHABLE = "Callscribe cannot be reached.";
const KEEPS_TRYING = "Check the network; the page keeps trying.";
const TRY_AGAIN = "Check the network, and try again.";
const NEW_LINK = "Ask whoever runs Callscribe for a new link (callscribe page), and open it in this browser.";
const LONGEST_WAIT = 30_000;
const LONGEST_COMMAND = 200_000;

/**
 * The error that a response tells of.
 * @param {Response} response
 */
export async function refusal(response) {
  const fallback = `The server answered ${response.status}${response.statusText ? ` (${response.statusText})` : ""}.`;
  /** @type {any} */
  let body = null;
  try {
    body = await response.json();
  } catch {
    // Something between us and the server answered in words of its own.
  }
  const told = body?.error ?? {};
  if (response.status === 401) window.dispatchEvent(new Event(EXPIRED));
  return new ApiError(response.status, told.message || fallback, told.advice || (response.status === 401 ? NEW_LINK : ""));
}

/**
 * @param {string} path
 * @param {{body?: unknown, wait?: number, signal?: AbortSignal, polled?: boolean}} [options] `polled`: it is asked again by itself
 * @returns {Promise<any>}
 */
async function ask(path, { body, wait = LONGEST_WAIT, signal, polled = false } = {}) {
  const limit = AbortSignal.timeout(wait);
  /** @type {RequestInit} */
  const request = { signal: signal ? AbortSignal.any([signal, limit]) : limit, headers: { Accept: "application/json" } };
  if (body !== undefined) {
    request.method = "POST";
    request.headers = { Accept: "application/json", "Content-Type": "application/json" };
    request.body = JSON.stringify(body);
  }
  const offline = !navigator.onLine;
  try {
    const response = await fetch(path, request);
    if (!response.ok) throw await refusal(response);
    return await response.json();
  } catch (error) {
    if (error instanceof ApiError || signal?.aborted) throw error;
    if (limit.aborted) throw new ApiError(0, `No answer came within ${wait / 1000} s.`, "It may still happen: watch the call's state.");
    throw new UnreachableError(!offline, polled ? KEEPS_TRYING : TRY_AGAIN);
  }
}

/**
 * The path of a call under /api; keys may hold any character.
 * @param {string} key
 */
export const callPath = (key) => `/api/calls/${encodeURIComponent(key)}`;

/**
 * The key in the path of a call's page, read as the server reads it: an address typed by hand may hold a `%` that escapes
 * nothing.
 * @param {string} path
 */
export const keyIn = (path) => path.replace(/^\/calls\//, "").replace(/(?:%[0-9a-f]{2})+/gi, (escaped) =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.from(escaped.slice(1).split("%"), (byte) => parseInt(byte, 16))));

/**
 * A query string of what is set.
 * @param {Record<string, string | number | null | undefined>} values
 */
function query(values) {
  const set = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return set.length ? `?${new URLSearchParams(set.map(([name, value]) => [name, String(value)]))}` : "";
}

/** @returns {Promise<Session>} */
export const session = () => ask("/api/session", { polled: true });

/**
 * @param {Record<string, string | number | null>} filters
 * @param {AbortSignal} [signal]
 * @returns {Promise<CallList>}
 */
export const calls = (filters, signal) => ask(`/api/calls${query(filters)}`, { signal, polled: true });

/**
 * @param {string} key
 * @returns {Promise<Detail>}
 */
export const call = (key) => ask(callPath(key), { polled: true });

/**
 * The segments before one, in order.
 * @param {string} key
 * @param {string} before `STREAM:POSITION`
 * @param {number} limit
 * @returns {Promise<{segments: Segment[], earlier: boolean}>}
 */
export const segmentsBefore = (key, before, limit) => ask(`${callPath(key)}/segments${query({ before, limit })}`);

/**
 * @param {string} key
 * @param {string} command
 * @param {Record<string, string>} body
 * @returns {Promise<{note: string}>}
 */
export const command = (key, command, body) => ask(`${callPath(key)}/commands/${command}`, { body, wait: LONGEST_COMMAND });

/**
 * @param {string} key
 * @param {string} id
 * @param {string} name
 * @returns {Promise<{participants: Participant[]}>}
 */
export const rename = async (key, id, name) => {
  const answer = await ask(`${callPath(key)}/participants`, { body: { id, name } });
  return Array.isArray(answer) ? { participants: answer } : answer;
};

/**
 * @param {string} text
 * @param {string | null} call only in this call
 * @param {string | null} after
 * @returns {Promise<{hits: Hit[], next: string | null}>}
 */
export const search = (text, call, after) => ask(`/api/search${query({ q: text, call, limit: 20, after })}`);

/**
 * @param {string} key
 * @returns {Promise<{deliveries: Delivery[]}>}
 */
export const deliveries = (key) => ask(`${callPath(key)}/deliveries`, { polled: true });

/**
 * @param {string} key
 * @param {string} id
 */
export const redeliver = (key, id) => ask(`${callPath(key)}/deliveries/${encodeURIComponent(id)}/redeliver`, { body: {} });

/**
 * What to tell of an error that may be anything.
 * @param {unknown} error
 */
export const wordsOf = (error) => (error instanceof ApiError ? error.words : `This page failed: ${error}. Reload it.`);
