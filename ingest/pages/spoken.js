/** New captions for screen readers: each final once, intermediates never. */

import { h } from "./dom.js";
import { keep, kept } from "./kept.js";

const KEPT = 12;
const SILENT = "silent";

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
    wanted.checked = kept(SILENT) === null;
    wanted.addEventListener("change", () => keep(SILENT, wanted.checked ? null : "yes"));
  }

  /**
   * @param {string} label
   * @param {string} text
   * @param {string | null} locale
   */
  say(label, text, locale) {
    if (!this.#wanted.checked) return;
    this.#log.append(h("p", {}, `${label}: `, h("span", { lang: locale ?? "" }, text)));
    while (this.#log.children.length > KEPT) this.#log.firstElementChild?.remove();
  }
}
