/** The top of a call's page: what it is, where it stands, and in the end the verdict with each gap in words. */

import { h, say, show } from "./dom.js";
import { causeWords, counted, lapse, lengthWords, localeName, localesOf, moment, stateWords, verdictMark } from "./format.js";

/** @import { Detail, Gap } from "./types.js" */

export class Head {
  /**
   * @param {HTMLElement} title
   * @param {HTMLElement} facts
   * @param {HTMLElement} verdict
   */
  constructor(title, facts, verdict) {
    this.title = title;
    this.verdict = verdict;
    this.state = h("span", { class: "pill" });
    this.length = h("time", { title: "Duration" });
    this.locale = h("span");
    this.localeName = h("span", { class: "locale-name" });
    this.gap = h("span", { class: "pill", "data-verdict": "partial", hidden: true }, h("span", { "aria-hidden": "true" }, "◐"), "something is missing");
    this.temporal = h("a", { target: "_blank", rel: "noopener", hidden: true }, "Temporal", h("span", { "aria-hidden": "true" }, " ↗"), h("span", { class: "unseen" }, " (opens a new tab)"));
    facts.append(this.state, this.length, h("span", {}, this.localeName, this.locale), this.gap, this.temporal);
  }

  /**
   * @param {Detail} detail
   * @param {number} now
   */
  update(detail, now) {
    say(this.title, detail.key);
    this.state.dataset.state = detail.state;
    say(this.state, stateWords(detail.state));
    say(this.locale, localesOf(detail));
    say(this.localeName, detail.locale ? `${localesOf(detail, localeName)} · ` : "");
    this.gap.hidden = !detail.live || !detail.gap;
    this.temporal.hidden = !detail.temporal_url;
    if (detail.temporal_url) this.temporal.href = detail.temporal_url;
    this.tick(detail, now);
    this.#judge(detail);
    document.title = `${detail.live ? "● " : ""}${detail.key} · Callscribe`;
  }

  /**
   * @param {Detail} detail
   * @param {number} now
   */
  tick(detail, now) {
    const end = detail.ended_at ? Date.parse(detail.ended_at) : now;
    const isKnown = detail.live || detail.ended_at;
    say(this.length, isKnown ? lapse(end - Date.parse(detail.connected_at ?? detail.started_at)) : "");
  }

  /** @param {Detail} detail */
  #judge(detail) {
    const { verdict, problem } = detail;
    // The reason often is the problem or the end in other words already; nothing is said twice.
    const reason = verdict ? detail.verdict_reason ?? "" : "";
    const ending = verdict && !reason.includes(detail.end_reason) ? detail.end_reason : "";
    const trouble = problem && verdict !== "complete" ? problem : null;
    const told = trouble && !reason.includes(trouble.message) ? trouble.message : "";
    this.verdict.hidden = !verdict && !trouble;
    this.verdict.dataset.verdict = verdict ?? "partial";
    const base = Date.parse(detail.zero_at);
    const gaps = detail.gaps.map((gap) => gapItem(gap, base));
    const open = this.verdict.querySelector("details")?.open ?? false;
    const count = (/** @type {string} */ cause) => detail.gaps.filter((each) => each.cause === cause).length;
    const [pauses, stops] = [count("paused"), count("stopped")];
    const lost = detail.gaps.length - pauses - stops;
    const sums = [lost ? counted(lost, "gap") : "", pauses ? counted(pauses, "pause") : "", stops ? counted(stops, "stop") : ""].filter(Boolean).join(", ");
    show(this.verdict,
      verdict ? h("p", { class: "judged" }, h("span", { class: "pill", "data-verdict": verdict }, h("span", { "aria-hidden": "true" }, verdictMark(verdict)), verdict), h("span", {}, reason), ending ? h("span", { class: "dim" }, ending) : null) : null,
      trouble && (told || trouble.advice) ? h("p", { class: "problem" }, told ? h("strong", {}, told) : null, told ? " " : null, trouble.advice) : null,
      verdict && gaps.length ? h("details", { open }, h("summary", {}, sums), h("ul", {}, ...gaps)) : null);
  }
}

/**
 * @param {Gap} gap
 * @param {number} base
 */
function gapItem(gap, base) {
  const [start, end] = [Date.parse(gap.start), Date.parse(gap.end ?? gap.start)];
  const [title, sentence] = causeWords(gap.cause);
  const when = gap.end === null ? `since ${moment(start - base)}` : `from ${moment(start - base)} to ${moment(end - base)}`;
  return h("li", {}, h("strong", {}, gap.end === null ? title : `${title}, ${lengthWords(end - start)}`), ` ${when}. ${sentence}`, gap.note ? h("span", { class: "dim" }, ` ${gap.note}`) : null);
}
