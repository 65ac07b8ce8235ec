/** One call in the list: a row that is made once and then kept up to date. */

import { h, say, show } from "./dom.js";
import { clock, dayAndClock, lapse, lengthWords, localeName, localesOf, stateWords, unbroken, verdictMark } from "./format.js";

/** @import { Call } from "./types.js" */

const RECENT = 60_000;

export class Row {
  /** @param {Call} call */
  constructor(call) {
    this.link = h("a", { href: `/calls/${encodeURIComponent(call.key)}` }, call.key);
    this.who = h("span", { class: "who" });
    this.words = h("p", { class: "words" });
    this.locale = h("span", { class: "locale" });
    this.length = h("time", { class: "length" });
    this.started = h("span", { class: "started" });
    this.badge = h("span", { class: "badge" });
    this.element = h("li", { class: "row" },
      h("div", { class: "name" }, this.link, this.who), this.words, this.locale, this.length, this.started, this.badge);
    this.call = call;
  }

  /**
   * @param {Call} call
   * @param {number} now the server's clock
   */
  update(call, now) {
    this.call = call;
    show(this.who, ...call.participants.flatMap((each, index) => [index ? ", " : null, h("bdi", {}, unbroken(each.label))]));
    show(this.locale, ...localesOf(call).split(" ").flatMap((word, index) => [index ? " " : null, h("span", {}, word)]));
    this.locale.title = localesOf(call, localeName);
    show(this.badge, ...badges(call));
    this.tick(now);
  }

  /**
   * What changes by itself as time passes.
   * @param {number} now
   */
  tick(now) {
    const { call } = this;
    const start = Date.parse(call.started_at);
    const end = call.ended_at ? Date.parse(call.ended_at) : now;
    // Of a call that Temporal has forgotten nobody knows how long it was.
    this.length.hidden = !call.ended_at && !call.live;
    say(this.length, lapse(end - start));
    this.length.dateTime = `PT${Math.max(0, Math.round((end - start) / 1000))}S`;
    this.length.title = call.live ? "Duration so far" : "Duration";
    say(this.started, `${call.live ? "since " : ""}${dayAndClock(call.started_at, now).slice(0, -3)}`);
    show(this.words, ...lastWords(call, now));
  }
}

/** @param {Call} call */
function badges(call) {
  const found = [];
  if (call.verdict) found.push(h("span", { class: "pill", "data-verdict": call.verdict }, h("span", { "aria-hidden": "true" }, verdictMark(call.verdict)), call.verdict));
  else found.push(h("span", { class: "pill", "data-state": call.state }, stateWords(call.state)));
  if (call.gap && !call.verdict) found.push(h("span", { class: "pill", "data-verdict": "partial", title: "Something is known to be missing so far" }, h("span", { "aria-hidden": "true" }, "◐"), "gap"));
  if (call.revision > 1) found.push(h("span", { class: "pill", title: "Words came after the transcript had been sealed; it was amended" }, `revision ${call.revision}`));
  return found;
}

/**
 * @param {Call} call
 * @param {number} now
 */
function lastWords(call, now) {
  const last = call.last_words;
  if (!last) return [call.segments ? "" : call.live ? "Nothing said yet" : "No words"];
  const age = now - Date.parse(last.at);
  // Minutes, not seconds, once it is a while ago: a list in which every row ticks is never calm.
  const when = !call.live ? "" : age < RECENT ? "" : age < 3_600_000 ? ` · ${lengthWords(Math.floor(age / 60_000) * 60_000)} ago` : ` · ${clock(last.at)}`;
  return [h("b", {}, h("bdi", {}, unbroken(last.participant.label))), " ", h("bdi", {}, last.text), when];
}
