/** Steering the call: a button a command, a dialog where there is something to choose, and what came of it. */

import * as api from "./api.js";
import { announce, byId, h, say } from "./dom.js";
import { localeName, sameLocale, unbroken } from "./format.js";

/** @import { Detail } from "./types.js" */

/** @typedef {{command: string, label: string, kind?: string, choose?: "locale" | "confirm", done: string}} Control */
/** @type {Control[]} */
const CONTROLS = [
  { command: "start_transcription", label: "Start", choose: "locale", done: "Transcription is on." },
  { command: "pause", label: "Pause", done: "Paused." },
  { command: "resume", label: "Resume", done: "Transcription goes on." },
  { command: "update_locale", label: "Locale", choose: "locale", done: "The locale is changed." },
  { command: "stop_transcription", label: "Stop", done: "Transcription is stopped; the call goes on." },
  { command: "hang_up", label: "Hang up", kind: "danger", choose: "confirm", done: "Hung up." },
];
/** Of a pair that exclude each other only the one that may be of use is shown. @type {Record<string, string>} */
const COUNTERPART = { pause: "resume", resume: "pause" };
const GOOD_NEWS_STAYS = 6000;
/** Without an answer, or still under way: how the call stands tells what became of it. */
const UNSETTLED = [0, 504];

export class Controls {
  /** @type {Map<string, {button: HTMLButtonElement, why: HTMLElement}>} */
  #buttons = new Map();
  /** @type {Detail | null} */
  #detail = null;
  #busy = "";
  /** The command that the outcome is about. */
  #about = "";
  /** Where the call stood when a command of which nobody knows what became was given; null where there is none. @type {string | null} */
  #unsettled = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #news;

  /**
   * @param {HTMLElement} holder
   * @param {string} key
   * @param {boolean} operator
   * @param {string[]} locales to offer
   */
  constructor(holder, key, operator, locales) {
    this.holder = holder;
    this.key = key;
    this.operator = operator;
    this.locales = locales;
    if (!operator) {
      holder.append(h("p", { class: "only-watching" }, "You can watch; controls need an operator's link."));
      return;
    }
    for (const control of CONTROLS) {
      const why = h("span", { class: "unseen", id: `why-${control.command}` });
      const button = h("button", { type: "button", class: control.kind ?? "", "data-command": control.command, "aria-describedby": why.id }, control.label);
      button.addEventListener("click", () => this.press(control.command));
      this.#buttons.set(control.command, { button, why });
      holder.append(button, why);
    }
  }

  /** @param {Detail} detail */
  update(detail) {
    const over = this.#detail?.live && !detail.live;
    this.#detail = detail;
    if ((this.#unsettled !== null && this.#unsettled !== standing(detail)) || (over && byId("outcome").dataset.kind !== "good")) this.#tell("", "", "");
    const focused = this.#focused();
    this.holder.hidden = !detail.live;
    for (const [command, { button, why }] of this.#buttons) {
      const state = detail.commands[command] ?? { enabled: false, why: "" };
      const usable = state.enabled && !this.#busy;
      const reason = this.#busy ? "Another command is under way." : state.why;
      // Not `disabled`: whoever reaches the button by keyboard must be able to learn why it does nothing.
      button.setAttribute("aria-disabled", String(!usable));
      button.setAttribute("aria-busy", String(this.#busy === command));
      button.title = usable ? "" : reason;
      say(why, usable ? "" : reason);
      const paused = detail.commands.resume?.enabled ?? false;
      if (command === "pause") button.hidden = paused;
      if (command === "resume") button.hidden = !paused;
    }
    if (focused && !this.#shown(focused)) this.#focus(focused);
  }

  /**
   * As if its button had been clicked.
   * @param {string} command
   */
  press(command) {
    const control = CONTROLS.find((each) => each.command === command);
    const state = this.#detail?.commands[command];
    if (!control || !this.operator || !this.#detail?.live) return;
    if (!state?.enabled || this.#busy) {
      this.#tell(command, this.#busy ? "Another command is under way." : state?.why || "That is not possible now.", "warning");
      return;
    }
    if (control.choose === "locale") this.#chooseLocale(control);
    else if (control.choose === "confirm") this.#confirm(control);
    else void this.#send(control, {});
  }

  /**
   * @param {Control} control
   * @param {Record<string, string>} body
   */
  async #send(control, body) {
    this.#busy = control.command;
    this.#tell("", "", "");
    if (this.#detail) this.update(this.#detail);
    announce(`${control.label} …`);
    const before = standing(this.#detail);
    try {
      const { note } = await api.command(this.key, control.command, body);
      this.#tell(control.command, note || control.done, "good");
    } catch (error) {
      this.#tell(control.command, inVain(control.label, error), "bad");
      if (error instanceof api.ApiError && UNSETTLED.includes(error.status)) this.#unsettled = before;
    } finally {
      this.#busy = "";
      if (this.#detail) this.update(this.#detail);
    }
  }

  /**
   * Where the eye is: right below the buttons. A refusal stays until it is dismissed, or another command is given; what
   * may yet be carried out also only until the call stands otherwise.
   * @param {string} command that it is about
   * @param {string} text
   * @param {"good" | "bad" | "warning" | ""} kind
   */
  #tell(command, text, kind) {
    clearTimeout(this.#news);
    this.#unsettled = null;
    const element = byId("outcome");
    const focused = element.contains(document.activeElement);
    element.dataset.kind = kind;
    element.setAttribute("role", kind === "good" ? "status" : "alert");
    const dismiss = h("button", { type: "button", class: "quiet", "aria-label": "Dismiss" }, "✕");
    dismiss.addEventListener("click", () => this.#tell("", "", ""));
    element.replaceChildren(...(text ? [h("span", {}, text), dismiss] : []));
    element.hidden = !text;
    if (focused && text) dismiss.focus();
    else if (focused) this.#focus(this.#about);
    this.#about = command;
    if (kind === "good") {
      announce(text);
      this.#news = setTimeout(() => this.#tell("", "", ""), GOOD_NEWS_STAYS);
    }
  }

  /** The command whose button has the focus, if one has. */
  #focused() {
    return [...this.#buttons].find(([, { button }]) => button === document.activeElement)?.[0];
  }

  /** @param {string} command */
  #shown(command) {
    const button = this.#buttons.get(command)?.button;
    return button && !button.hidden && !this.holder.hidden ? button : null;
  }

  /**
   * Bring a focus that would be lost to the button of a command, to what is shown in its place, or to the first that is
   * of use; to the captions where nothing is left to steer.
   * @param {string} command
   */
  #focus(command) {
    const useful = [...this.#buttons.keys()].find((each) => this.#detail?.commands[each]?.enabled && this.#shown(each));
    (this.#shown(command) ?? this.#shown(COUNTERPART[command] ?? "") ?? this.#shown(useful ?? "") ?? byId("scroller")).focus();
  }

  /** @param {Control} control */
  #chooseLocale(control) {
    const changing = control.command === "update_locale";
    const now = this.#detail?.locale ?? "";
    const field = h("input", { name: "locale", list: "locale-choice", autocomplete: "off", spellcheck: "false", placeholder: changing ? "de-DE" : now, required: changing });
    const chips = this.locales.filter((each) => !(changing && sameLocale(each, now))).map((locale) => {
      const chip = h("button", { type: "button", title: localeName(locale) }, locale);
      chip.addEventListener("click", () => {
        field.value = locale;
        field.focus();
      });
      return chip;
    });
    this.#dialog(changing ? "Change the locale" : "Start transcription",
      changing ? (now ? `Transcription now expects ${localeName(now)} (${now}).` : "Transcription goes on in the new one.") : "In the call's own locale, or in another one.",
      [h("label", { class: "field" }, h("span", {}, "Locale, as language and region"), field),
        h("datalist", { id: "locale-choice" }, ...this.locales.map((each) => h("option", { value: each }, localeName(each)))),
        h("div", { class: "chips", role: "group", "aria-label": "Frequent locales" }, ...chips)],
      changing ? "Change" : "Start", "primary",
      () => this.#send(control, field.value.trim() ? { locale: field.value.trim() } : {}));
  }

  /** @param {Control} control */
  #confirm(control) {
    const people = this.#detail?.participants.map((each) => unbroken(each.label)).join(", ");
    this.#dialog("Hang up?", `This ends the call${people ? ` with ${people}` : ""}; a room, or another call that was only joined, goes on without being transcribed. The transcript is sealed with what was said until then.`,
      [], "Hang up", "danger primary", () => this.#send(control, {}));
  }

  /**
   * @param {string} title
   * @param {string} text
   * @param {HTMLElement[]} content
   * @param {string} action
   * @param {string} kind
   * @param {() => void} act
   */
  #dialog(title, text, content, action, kind, act) {
    const cancel = h("button", { type: "button" }, "Cancel");
    const form = h("form", { method: "dialog" }, ...content,
      h("div", { class: "actions" }, cancel, h("button", { type: "submit", class: kind, value: "yes" }, action)));
    const dialog = h("dialog", { "aria-labelledby": "dialog-title", "aria-describedby": "dialog-text" },
      h("h2", { id: "dialog-title" }, title), h("p", { id: "dialog-text" }, text), form);
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      if (dialog.returnValue === "yes") act();
      dialog.remove();
    });
    document.body.append(dialog);
    dialog.showModal();
    if (!content.length) cancel.focus();
  }
}

/**
 * What a command is meant to change.
 * @param {Detail | null} detail
 */
const standing = (detail) => (detail ? `${detail.state} ${detail.locale}` : "");

/**
 * What to say of a command that failed: whoever gave it must know whether to give it again, as nothing else will.
 * @param {string} label
 * @param {unknown} error
 */
function inVain(label, error) {
  if (!(error instanceof api.UnreachableError)) return `${label}: ${api.wordsOf(error)}`;
  return error.sent
    ? `${label}: the connection broke before an answer came. Take it as NOT carried out, and give it again once this page is live.`
    : `${label} was NOT carried out: there is no network. Give it again once this page is live.`;
}
