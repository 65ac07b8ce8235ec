/** How the live connection stands, in words, and how far behind the spoken word the captions are. */

import { announce, h, say, show } from "./dom.js";
import { clock, counted } from "./format.js";

/** @import { ApiError } from "./api.js" */
/** @import { LiveState } from "./live.js" */

const REMEMBERED = 9;
/** After a reconnection what was missed comes at once; it says nothing of how fast captions are. */
const CATCHING_UP = 1500;

/** @type {Record<LiveState, string>} */
const WORDS = {
  connecting: "Connecting …",
  live: "Live",
  reconnecting: "Reconnecting …",
  offline: "No network",
  asleep: "Asleep while hidden",
  refused: "Not connected",
  over: "Over; late words would still appear",
};

export class Connection {
  #element;
  #latency;
  #unstored;
  #now;
  /** @type {number[]} */
  #measured = [];
  #since = 0;
  #lost = false;

  /**
   * @param {HTMLElement} element
   * @param {HTMLElement} latency
   * @param {HTMLElement} unstored
   * @param {() => number} now the server's clock
   */
  constructor(element, latency, unstored, now) {
    this.#element = element;
    this.#latency = latency;
    this.#unstored = unstored;
    this.#now = now;
  }

  /**
   * @param {LiveState} state
   * @param {ApiError | null} error
   */
  tell(state, error) {
    const lost = state === "reconnecting" || state === "offline";
    const since = clock(Date.now());
    const again = this.#element.dataset.state === state;
    if (again && lost && !error) return;
    if (lost && !this.#lost) this.#element.dataset.since = since;
    this.#lost = lost;
    this.#element.dataset.state = state;
    const why = lost ? ` since ${this.#element.dataset.since}${error?.status ? `: ${error.words}` : "; nothing is lost, what comes is caught up"}` : state === "refused" && error ? `: ${error.words}` : "";
    show(this.#element, h("span", { class: "beacon", "aria-hidden": "true" }), h("span", {}, WORDS[state] + why));
    if (state === "live") this.#since = Date.now();
    else say(this.#latency, "");
    if (lost && !again) announce(WORDS[state]);
    this.#measured = [];
  }

  /**
   * Captions that are shown but have not reached the transcript store for a while; usually none.
   * @param {number} count
   */
  unstored(count) {
    say(this.#unstored, count ? `${counted(count, "caption")} not stored yet` : "");
  }

  /** @param {string} instant when ingest had it */
  measure(instant) {
    if (Date.now() - this.#since < CATCHING_UP) return;
    this.#measured.push(Math.max(0, this.#now() - Date.parse(instant)));
    if (this.#measured.length > REMEMBERED) this.#measured.shift();
    const middle = [...this.#measured].sort((one, other) => one - other)[this.#measured.length >> 1];
    say(this.#latency, middle < 950 ? `${Math.round(middle / 10) * 10} ms behind` : `${(middle / 1000).toFixed(1)} s behind`);
    this.#latency.title = "From the arrival of words at Callscribe to this page: the middle of the newest ones";
  }
}
