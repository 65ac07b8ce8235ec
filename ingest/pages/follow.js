/** Staying at the newest words, unless the reader has scrolled up to read. */

import { counted } from "./format.js";
import { say } from "./dom.js";

const NEAR = 40;

export class Follow {
  #scroller;
  #content;
  #button;
  #following = true;
  #top = 0;
  #unseen = 0;
  /** Counts what moves the reader on purpose; what held them until then lets go. */
  #moved = 0;
  /** Whether anything more may come; if not, there is no newest to go to. */
  growing = true;
  /** Told when the reader goes back to the newest words. */
  resumed = () => {};

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} content grows and shrinks inside the scroller
   * @param {HTMLElement} button brings back to the newest
   */
  constructor(scroller, content, button) {
    this.#scroller = scroller;
    this.#content = content;
    this.#button = button;
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    button.addEventListener("click", () => {
      this.resume();
      scroller.focus({ preventScroll: true });
    });
    const observer = new ResizeObserver(() => this.keep());
    observer.observe(content);
    observer.observe(scroller);
  }

  get following() {
    return this.#following;
  }

  /** Go to the newest words and stay there. */
  resume() {
    this.#moved++;
    this.#following = true;
    this.#unseen = 0;
    this.#show();
    this.keep();
    this.resumed();
  }

  /** Begin at the beginning. */
  toTop() {
    this.release();
    this.#scroller.scrollTop = 0;
    this.#top = 0;
  }

  /** Let the reader read: to be called before scrolling elsewhere on purpose. */
  release() {
    this.#moved++;
    this.#following = false;
    this.#show();
  }

  /**
   * Bring the reader to an element, and let it stand in the middle.
   * @param {HTMLElement} element
   */
  show(element) {
    this.release();
    const moved = this.#moved;
    const centre = () => {
      if (!element.isConnected || moved !== this.#moved) return;
      element.scrollIntoView({ block: "center" });
      this.#top = this.#scroller.scrollTop;
    };
    centre();
    afterwards(centre);
  }

  /** @param {number} count segments that have come */
  came(count) {
    if (this.#following) return;
    this.#unseen += count;
    this.#show();
  }

  /** Be at the newest words, if they are followed. */
  keep() {
    if (!this.#following) return;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#top = this.#scroller.scrollTop;
  }

  /**
   * Change what is above the reader without moving what they read.
   * @param {() => void} change
   */
  steady(change) {
    if (this.#following) {
      change();
      this.keep();
      return;
    }
    const read = this.#firstInSight();
    const top = read?.getBoundingClientRect().top ?? 0;
    const moved = this.#moved;
    const hold = () => {
      if (!read?.isConnected || moved !== this.#moved) return;
      this.#scroller.scrollTop += read.getBoundingClientRect().top - top;
      this.#top = this.#scroller.scrollTop;
    };
    change();
    hold();
    afterwards(hold);
  }

  #firstInSight() {
    const { top } = this.#scroller.getBoundingClientRect();
    const row = firstBelow(this.#content.children, top);
    // Rows are parted and joined anew as others come before them; a segment stays itself.
    return (row && firstBelow(row.querySelectorAll(".segment"), top)) ?? row;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    // Only a move is a reader's wish; content that grows or shrinks below moves nothing.
    if (scrollTop < this.#top - 1) this.#following = false;
    if (scrollHeight - clientHeight - scrollTop < NEAR) this.#following = true;
    this.#top = scrollTop;
    if (this.#following) this.#unseen = 0;
    this.#show();
  }

  #show() {
    this.#button.hidden = this.#following || !this.growing;
    say(this.#button, this.#unseen ? `↓ ${this.#unseen} new` : "↓ Newest");
    this.#button.setAttribute("aria-label", this.#unseen ? `${counted(this.#unseen, "new caption")}: go to the newest` : "Go to the newest captions");
  }
}

/**
 * Do it again in the frames in which what has come near is laid out; until then its height is an estimate.
 * @param {() => void} adjust
 */
function afterwards(adjust) {
  requestAnimationFrame(() => {
    adjust();
    requestAnimationFrame(adjust);
  });
}

/**
 * The first of some elements, from top to bottom, that ends below there.
 * @param {ArrayLike<Element>} elements
 * @param {number} top
 */
function firstBelow(elements, top) {
  let [low, high] = [0, elements.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (elements[middle].getBoundingClientRect().bottom <= top) low = middle + 1;
    else high = middle;
  }
  return elements[low] ?? null;
}
