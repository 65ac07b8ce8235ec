/** Bringing the reader to a moment of the call: the one that the address names, or one that they choose. */

import { announce } from "./dom.js";

/** @import { Captions } from "./captions.js" */
/** @import { Earlier } from "./earlier.js" */
/** @import { Follow } from "./follow.js" */
/** @import { Placed, Transcript } from "./transcript.js" */

export class Moments {
  /** Whether the reader is where reading begins; from then on nothing moves them that they have not asked for. */
  #arrived = false;
  /** Counts what the reader has asked for: the last of it is where they go, however long the others take to load. */
  #asked = 0;

  /**
   * @param {() => Transcript} transcript the current one
   * @param {Captions} captions
   * @param {Earlier} earlier
   * @param {Follow} follow
   * @param {() => void} shown what is to be done so that captions can be seen
   */
  constructor(transcript, captions, earlier, follow, shown) {
    this.transcript = transcript;
    this.captions = captions;
    this.earlier = earlier;
    this.follow = follow;
    this.shown = shown;
    follow.resumed = () => {
      this.#asked++;
      history.replaceState(null, "", location.pathname + location.search);
    };
  }

  /**
   * Bring the reader to where reading begins, once, however often the server begins anew.
   * @param {boolean} fromTop whether that is the first word, if the address names no other
   */
  arrive(fromTop) {
    if (this.#arrived) return;
    this.#arrived = true;
    if (fromTop) this.follow.toTop();
    void this.fromAddress();
  }

  /** Words have come: whoever was not on the way to others reads these. */
  heard() {
    this.#arrived ||= !location.hash;
  }

  /** Follow a link to a moment: `#STREAM:POSITION`. */
  async fromAddress() {
    this.#arrived = true;
    const id = decodeURIComponent(location.hash.slice(1));
    if (!/:\d+$/.test(id)) return;
    if (!(await this.#loaded(() => this.transcript().get(id) !== undefined))) return;
    if (this.transcript().get(id)) this.#reveal(id);
    else announce("The moment that the address names is not in this transcript.");
  }

  /**
   * Go to a moment, loading what is not there yet.
   * @param {number} at milliseconds since 1970
   * @param {Placed | null} said what is known to have been said then
   */
  async jump(at, said) {
    if (said) {
      this.#asked++;
      this.#reveal(said.id);
      return;
    }
    if (!(await this.#loaded(() => (this.transcript().oldest?.at ?? Infinity) <= at))) return;
    const { segments } = this.transcript();
    const there = segments.find((each) => each.at >= at) ?? segments.at(-1);
    if (there) this.#reveal(there.id);
  }

  /**
   * Load what is asked for.
   * @param {() => boolean} enough
   * @returns {Promise<boolean>} whether it is still asked for
   */
  async #loaded(enough) {
    const asked = ++this.#asked;
    const over = () => asked !== this.#asked;
    await this.earlier.until(() => over() || enough());
    return !over();
  }

  /**
   * Show a segment in the middle, marked and focused.
   * @param {string} id
   */
  #reveal(id) {
    this.shown();
    const element = this.captions.element(id);
    if (!element) return;
    this.#arrived = true;
    for (const marked of document.querySelectorAll(".segment.marked")) marked.classList.remove("marked");
    element.classList.add("marked");
    this.follow.show(element);
    element.focus({ preventScroll: true });
    history.replaceState(null, "", `#${encodeURIComponent(id)}`);
  }
}
