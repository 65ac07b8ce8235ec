/** New captions for screen readers: each final once, intermediates never. */

import { h } from "./dom.js";

const KEPT = 12;
const REMEMBERED = "callscribe.quiet";

export class Spoken {
  #log;
  #wanted;

  /**
   * @param {HTMLElement} log a polite live region
   * @param {HTMLInputElement} wanted whether to announce at all
   */
  constructor(log, wanted) {
    this.#log = log;
    this.#wanted = wanted;
    try {
      wanted.checked = localStorage.getItem(REMEMBERED) === null;
      wanted.addEventListener("change", () => {
        if (wanted.checked) localStorage.removeItem(REMEMBERED);
        else localStorage.setItem(REMEMBERED, "yes");
      });
    } catch {
      // Not remembered where storage is forbidden.
    }
  }

  /**
   * @param {string} label
   * @param {string} text
   */
  say(label, text) {
    if (!this.#wanted.checked) return;
    this.#log.append(h("p", {}, `${label}: ${text}`));
    while (this.#log.children.length > KEPT) this.#log.firstElementChild?.remove();
  }
}
