/** Who is on the call: a name for each that an operator may change, and the raw id for whoever needs it. */

import * as api from "./api.js";
import { announce, arrange, copyButton, h, say } from "./dom.js";
import { counted, unbroken } from "./format.js";

/** @import { Participant } from "./types.js" */
/** @import { Speakers } from "./speakers.js" */
/** @typedef {{element: HTMLElement, label: HTMLElement, whose: HTMLElement, count: HTMLElement}} Entry */

export class Participants {
  /** @type {Map<string, Entry>} */
  #entries = new Map();

  /**
   * @param {HTMLElement} holder
   * @param {string} key
   * @param {boolean} operator
   * @param {Speakers} speakers
   * @param {(participants: Participant[]) => void} renamed
   */
  constructor(holder, key, operator, speakers, renamed) {
    this.key = key;
    this.operator = operator;
    this.speakers = speakers;
    this.renamed = renamed;
    this.list = h("ul", { class: "people" });
    this.nobody = h("p", { class: "dim" }, "No participant is known.");
    holder.append(h("h2", {}, "Participants"), this.list, this.nobody);
  }

  /**
   * @param {Participant[]} participants
   * @param {Map<string, number>} counts segments shown, by raw id
   */
  update(participants, counts) {
    this.nobody.hidden = participants.length > 0;
    for (const participant of participants) {
      const entry = this.#entries.get(participant.id) ?? this.#make(participant);
      this.#entries.set(participant.id, entry);
      say(entry.label, unbroken(participant.label));
      say(entry.whose, ` ${participant.label}`);
      const count = counts.get(participant.id) ?? 0;
      say(entry.count, count ? `· ${counted(count, "segment")}` : "");
    }
    arrange(this.list, participants.map((each) => /** @type {Entry} */ (this.#entries.get(each.id)).element));
  }

  /**
   * @param {Participant} participant
   * @returns {Entry}
   */
  #make(participant) {
    const label = h("span", { class: "who" }, participant.label);
    const whose = h("span", { class: "unseen" });
    const count = h("span", { class: "count" });
    const head = h("div", { class: "person-head" }, h("span", { class: "dot", "aria-hidden": "true" }), label);
    const element = h("li", { class: `person ${this.speakers.colour(participant)}` }, head);
    if (this.operator) {
      const edit = h("button", { type: "button", class: "quiet rename", title: "Give a name" }, "Rename", whose);
      edit.addEventListener("click", () => this.#edit(participant.id, element, head, edit));
      head.append(edit);
    }
    element.append(h("details", { class: "raw" }, h("summary", {}, "Raw id ", count), h("code", {}, participant.id), copyButton(participant.id, "raw id")));
    return { element, label, whose, count };
  }

  /**
   * @param {string} id
   * @param {HTMLElement} element
   * @param {HTMLElement} head
   * @param {HTMLElement} edit
   */
  #edit(id, element, head, edit) {
    const field = h("input", { name: "name", maxlength: 100, autocomplete: "off", "aria-label": "Name", value: (head.querySelector(".who")?.textContent ?? "").replaceAll("\u00a0", " ") });
    const trouble = h("p", { class: "trouble", role: "alert" });
    const cancel = h("button", { type: "button" }, "Cancel");
    const form = h("form", { class: "naming" }, field, h("button", { type: "submit", class: "primary" }, "Save"), cancel, trouble);
    const close = () => {
      form.remove();
      head.hidden = false;
      edit.focus();
    };
    cancel.addEventListener("click", close);
    form.addEventListener("keydown", (event) => {
      if (event.key === "Escape") close();
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      // What stands there at first may be a number in the place of a name: left as it is, it becomes none.
      if (field.value === field.defaultValue) {
        close();
        return;
      }
      const name = field.value.trim();
      try {
        const { participants } = await api.rename(this.key, id, name);
        close();
        this.renamed(participants);
        const label = participants.find((each) => each.id === id)?.label ?? id;
        announce(name ? `Renamed to ${name}` : `The name is gone; shown as ${label}`);
      } catch (error) {
        say(trouble, api.wordsOf(error));
      }
    });
    head.hidden = true;
    element.prepend(form);
    field.select();
  }
}
