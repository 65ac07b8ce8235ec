/** What was said before the first caption here: loaded as the reader scrolls up, or as far back as a link needs. */

import * as api from "./api.js";
import { announce, h, say } from "./dom.js";

/** @import { Transcript } from "./transcript.js" */

const A_SCROLL = 200;
const A_JUMP = 1000;

export class Earlier {
  /** @type {Promise<boolean> | null} */
  #loading = null;
  /** Loads that failed on their way further back. @type {(() => void)[]} */
  #stuck = [];

  /**
   * @param {string} key
   * @param {HTMLElement} note at the top of the captions
   * @param {HTMLElement} scroller
   * @param {() => Transcript} transcript the current one
   * @param {(change: () => void) => void} steadily makes a change without moving what is read
   * @param {() => Promise<void>} whole waits until the current one has all that a load begins with
   */
  constructor(key, note, scroller, transcript, steadily, whole) {
    this.key = key;
    this.transcript = transcript;
    this.steadily = steadily;
    this.whole = whole;
    this.text = h("span");
    this.button = h("button", { type: "button" }, "Load earlier captions");
    this.button.addEventListener("click", () => void this.#load(A_SCROLL));
    note.append(this.text, this.button);
    this.note = note;
    this.observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) void this.#load(A_SCROLL);
    }, { root: scroller, rootMargin: "600px 0px 0px 0px" });
    this.observer.observe(note);
  }

  /** Whether there is more to load. */
  show() {
    this.note.hidden = !this.transcript().earlier;
  }

  /**
   * Load until `enough`, or until there is no more. Where the server begins anew meanwhile, it goes on from there; where it
   * fails, once loading works again.
   * @param {() => boolean} enough
   */
  async until(enough) {
    for (;;) {
      await this.whole();
      if (enough() || !this.transcript().earlier) return;
      if (!(await this.#load(A_JUMP))) await new Promise((resolve) => this.#stuck.push(() => resolve(null)));
    }
  }

  /**
   * Load what was said between what was shown and a new load, as far as that works.
   * @param {Transcript} older
   * @param {Transcript} newer
   */
  async join(older, newer) {
    try {
      while (newer.oldest && !newer.goOnFrom(older)) {
        const { segments, earlier } = await api.segmentsBefore(this.key, newer.oldest.id, A_JUMP);
        newer.prepend(segments, earlier);
      }
    } catch {
      // What is there is shown; the rest is loaded as somebody scrolls up.
    }
  }

  /** Loading may work again: go on with what failed. */
  again() {
    for (const goOn of this.#stuck.splice(0)) goOn();
  }

  /**
   * @param {number} limit
   * @returns {Promise<boolean>} whether it could be loaded
   */
  #load(limit) {
    this.#loading ??= this.#ask(limit).finally(() => (this.#loading = null));
    return this.#loading;
  }

  /** @param {number} limit */
  async #ask(limit) {
    const transcript = this.transcript();
    const first = transcript.oldest;
    if (!first || !transcript.earlier) return false;
    say(this.text, "Loading earlier captions …");
    this.button.hidden = true;
    try {
      const { segments, earlier } = await api.segmentsBefore(this.key, first.id, limit);
      // A load that began before the server numbered anew is of no use to the transcript that took its place.
      if (transcript === this.transcript()) this.steadily(() => transcript.prepend(segments, earlier));
      say(this.text, "");
      // An observer tells of changes only: were the note still in sight, nothing more would be loaded.
      this.observer.unobserve(this.note);
      this.observer.observe(this.note);
      this.again();
      return true;
    } catch (error) {
      say(this.text, api.wordsOf(error));
      announce(api.wordsOf(error));
      this.button.hidden = false;
      return false;
    }
  }
}
