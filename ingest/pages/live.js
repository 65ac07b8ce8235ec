/**
 * The live events of a call, over a connection that is made again whenever it breaks, from where it broke.
 *
 * Read with `fetch` rather than `EventSource`, which hides what a person must be told: the status and the reason of a
 * refusal, and a connection that has died without a word.
 */

import { ApiError, refusal } from "./api.js";
import { SseParser } from "./sse.js";

/** @typedef {"connecting" | "live" | "reconnecting" | "offline" | "asleep" | "refused" | "over"} LiveState */

const SILENCE = 40_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
const ASLEEP_AFTER = 60_000;
const ASK_AFTERWARDS = 20_000;
/** Asking again changes nothing about these. */
const FINAL_STATUSES = [400, 401, 403, 404, 410];

export class Live {
  #path;
  #heard;
  #told;
  #amended;
  #lastId = "";
  #pause = FIRST_PAUSE;
  #retry = 0;
  #over = false;
  #asleep = false;
  /** @type {AbortController | null} */
  #connection = null;
  /** @type {(() => void) | null} */
  #wake = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #drowsy;

  /**
   * @param {string} path
   * @param {(name: string, data: any) => void} heard every event, in order
   * @param {(state: LiveState, error: ApiError | null) => void} told how the connection stands
   * @param {() => Promise<boolean>} amended asks whether there is more to hear of a call that is over
   */
  constructor(path, heard, told, amended) {
    this.#path = path;
    this.#heard = heard;
    this.#told = told;
    this.#amended = amended;
  }

  /** Connect, and stay connected while the call runs; hear a call that is over again once it is amended. Returns where the
   * server refuses.
   */
  async run() {
    window.addEventListener("online", () => this.#again());
    window.addEventListener("offline", () => this.#connection?.abort());
    document.addEventListener("visibilitychange", () => this.#visibility());
    // A tab that is opened in the background is hidden from the start, and no event tells of that.
    this.#visibility();
    this.#told("connecting", null);
    let refused = await this.#heardOut();
    while (!refused) {
      this.#told("over", null);
      refused = await this.#untilAmended();
      if (refused) break;
      this.#over = false;
      this.#lastId = "";
      refused = await this.#heardOut();
    }
    this.#told("refused", refused);
  }

  /** @returns {Promise<ApiError | null>} the server's refusal; null once the call is over */
  async #heardOut() {
    for (;;) {
      const error = await this.#connect();
      if (this.#over) return null;
      if (error && FINAL_STATUSES.includes(error.status)) return error;
      if (!this.#asleep) {
        this.#told(navigator.onLine ? "reconnecting" : "offline", error);
        await this.#rest();
      }
      if (this.#asleep) this.#told("asleep", null);
      while (this.#asleep) await this.#woken();
    }
  }

  /** @returns {Promise<ApiError | null>} the server's refusal; null once the call has been amended */
  async #untilAmended() {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, ASK_AFTERWARDS * jitter()));
      if (document.hidden) continue;
      try {
        if (await this.#amended()) return null;
      } catch (error) {
        if (error instanceof ApiError && FINAL_STATUSES.includes(error.status)) return error;
      }
    }
  }

  /** @returns {Promise<ApiError | null>} why the connection failed; null if it merely ended */
  async #connect() {
    const connection = new AbortController();
    this.#connection = connection;
    let watchdog = setTimeout(() => connection.abort(), SILENCE);
    try {
      /** @type {Record<string, string>} */
      const headers = { Accept: "text/event-stream" };
      if (this.#lastId) headers["Last-Event-ID"] = this.#lastId;
      const response = await fetch(this.#path, { headers, signal: connection.signal, cache: "no-store" });
      if (!response.ok || !response.body) return await refusal(response);
      this.#told("live", null);
      const parser = new SseParser();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return null;
        clearTimeout(watchdog);
        watchdog = setTimeout(() => connection.abort(), SILENCE);
        for (const event of parser.feed(value)) this.#take(event);
        this.#retry = parser.retry || this.#retry;
        if (this.#over) return null;
      }
    } catch {
      return connection.signal.aborted ? null : new ApiError(0, "The connection was lost.", "");
    } finally {
      clearTimeout(watchdog);
      connection.abort();
    }
  }

  /** @param {import("./sse.js").ServerEvent} event */
  #take(event) {
    this.#pause = this.#retry || FIRST_PAUSE;
    if (event.name === "ended") this.#over = true;
    try {
      this.#heard(event.name, JSON.parse(event.data));
    } catch (error) {
      // A fault of this page, which the same event would only bring again: it is reported, and what follows is shown.
      reportError(error);
    }
    if (event.id !== null) this.#lastId = event.id;
  }

  async #rest() {
    const pause = new Promise((resolve) => setTimeout(resolve, this.#pause * jitter()));
    this.#pause = Math.min(LONGEST_PAUSE, this.#pause * 2);
    await Promise.race([this.#woken(), pause]);
  }

  /** @returns {Promise<void>} */
  #woken() {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #again() {
    this.#pause = FIRST_PAUSE;
    this.#wake?.();
  }

  /** Hidden pages let go: a browser grants a server six connections, and a seventh tab would wait for ever. */
  #visibility() {
    clearTimeout(this.#drowsy);
    if (document.hidden) {
      this.#drowsy = setTimeout(() => {
        this.#asleep = true;
        this.#connection?.abort();
      }, ASLEEP_AFTER);
    } else if (this.#asleep) {
      this.#asleep = false;
      this.#again();
    }
  }
}

/** Pages that were let go together do not come back together. */
const jitter = () => 0.75 + Math.random() / 2;
