/** What became of the webhooks of a call. */

import * as api from "./api.js";
import { announce, arrange, h, say } from "./dom.js";
import { dayAndClock } from "./format.js";

/** @import { Delivery } from "./types.js" */

/** A receiver that answers at all has done so by then. */
const SOON = 1500;
/** Twice the longest pause between two attempts: what is pending and has not been heard of since may have lost its workflow. */
const LOST_AFTER = 2 * 3_600_000;
const MARKS = { pending: "…", delivered: "✓", failed: "✕" };
const VERDICTS = { pending: "empty", delivered: "complete", failed: "failed" };

export class Deliveries {
  /** By id, as they are shown. @type {Map<string, {says: string, element: HTMLElement}>} */
  #items = new Map();

  /**
   * @param {HTMLElement} holder stays hidden while there are none
   * @param {string} key
   * @param {boolean} operator
   * @param {() => number} now
   */
  constructor(holder, key, operator, now) {
    this.holder = holder;
    this.key = key;
    this.operator = operator;
    this.now = now;
    this.list = h("ul", { class: "hooks" });
    this.trouble = h("p", { class: "trouble", role: "alert" });
    this.away = h("p", { class: "trouble", role: "alert" });
    holder.append(h("h2", {}, "Webhook deliveries"), this.list, this.trouble, this.away);
  }

  /** Ask anew. A store that is away for a moment is no reason to take away what is shown. */
  async refresh() {
    try {
      this.#draw((await api.deliveries(this.key)).deliveries);
      say(this.away, "");
    } catch (error) {
      if (!this.holder.hidden) say(this.away, api.wordsOf(error));
    }
  }

  /** @param {Delivery[]} deliveries */
  #draw(deliveries) {
    this.holder.hidden = deliveries.length === 0;
    const focused = deliveries.find(({ id }) => this.#items.get(id)?.element.contains(document.activeElement));
    arrange(this.list, deliveries.map((each) => this.#shown(each)));
    // The button that was pressed is gone while its delivery is under way, and may be back.
    const place = focused && this.#shown(focused);
    if (place && !place.contains(document.activeElement)) (place.querySelector("button") ?? place).focus();
  }

  /**
   * What shows a delivery; made anew only where it differs.
   * @param {Delivery} delivery
   */
  #shown(delivery) {
    const says = JSON.stringify([delivery, this.#isOffered(delivery)]);
    const known = this.#items.get(delivery.id);
    if (known?.says === says) return known.element;
    const element = this.#item(delivery);
    this.#items.set(delivery.id, { says, element });
    return element;
  }

  /**
   * Whether it may be sent again: while its workflow runs the server refuses that.
   * @param {Delivery} delivery
   */
  #isOffered({ state, updated_at }) {
    return this.operator && (state !== "pending" || this.now() - Date.parse(updated_at) > LOST_AFTER);
  }

  /** @param {Delivery} delivery */
  #item(delivery) {
    const times = delivery.attempts === 1 ? "1 attempt" : `${delivery.attempts} attempts`;
    const answer = delivery.last_status ? `answered ${delivery.last_status}` : delivery.last_error;
    const when = dayAndClock(delivery.delivered_at ?? delivery.updated_at, this.now());
    const item = h("li", { tabindex: -1 },
      h("span", { class: "pill", "data-verdict": VERDICTS[delivery.state] }, h("span", { "aria-hidden": "true" }, MARKS[delivery.state]), delivery.state),
      h("span", {}, h("b", {}, delivery.hook), ` ${delivery.event}${delivery.revision ? ` (revision ${delivery.revision})` : ""}`),
      h("span", { class: "dim" }, [when, times, answer].filter(Boolean).join(" · ")),
      delivery.state === "failed" && delivery.last_error && delivery.last_status ? h("span", { class: "dim" }, delivery.last_error) : null);
    if (this.#isOffered(delivery)) {
      const again = h("button", { type: "button" }, "Send again", h("span", { class: "unseen" }, ` ${delivery.hook} ${delivery.event}`));
      again.addEventListener("click", () => this.#again(delivery, again));
      item.append(again);
    }
    return item;
  }

  /**
   * @param {Delivery} delivery
   * @param {HTMLElement} button
   */
  async #again(delivery, button) {
    button.setAttribute("aria-busy", "true");
    say(this.trouble, "");
    try {
      await api.redeliver(this.key, delivery.id);
      announce("It is being sent again");
      await this.refresh();
      setTimeout(() => void this.refresh(), SOON);
    } catch (error) {
      say(this.trouble, api.wordsOf(error));
    } finally {
      button.removeAttribute("aria-busy");
    }
  }
}
