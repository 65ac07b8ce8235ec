/** What else is known of a call: downloads, ids, times, streams, steps. */

import { copyButton, h, show } from "./dom.js";
import { clock, counted, dayAndClock, lengthWords, plainName } from "./format.js";

/** @import { Detail, Step, Stream } from "./types.js" */

/**
 * Links to the transcript in every format, as soon as anything of it is stored.
 * @param {HTMLElement} holder
 * @param {Detail} detail
 * @param {Record<string, string>} formats name → what it is good for
 */
export function downloads(holder, detail, formats) {
  const links = Object.entries(detail.downloads).map(([name, href]) =>
    h("li", {}, h("a", { href, download: true, class: "button" }, h("b", {}, name), h("span", {}, formats[name] ?? ""))));
  const state = links.length ? (detail.live ? "As it is stored so far." : "") : `Nothing is stored${detail.live ? " yet" : ""}.`;
  show(holder, h("h2", {}, "Downloads"), state ? h("p", { class: "dim" }, state) : null, links.length ? h("ul", { class: "downloads" }, ...links) : null);
}

export class About {
  /** @type {string} */
  #shown = "";

  /** @param {HTMLElement} holder */
  constructor(holder) {
    this.facts = h("dl", { class: "about" });
    this.streams = details("Streams");
    this.steps = details("Steps");
    holder.append(h("h2", {}, "About the call"), this.facts, this.streams.element, this.steps.element);
  }

  /**
   * @param {Detail} detail
   * @param {number} now
   */
  update(detail, now) {
    const signature = JSON.stringify([detail.started_at, detail.connected_at, detail.ended_at, detail.end_reason, detail.segments, detail.counts, detail.call_connection_id, detail.server_call_id, detail.correlation_id, detail.streams, detail.steps, detail.temporal_url]);
    if (signature === this.#shown) return;
    this.#shown = signature;
    this.facts.replaceChildren(...facts(detail, now));
    this.streams.fill(detail.streams.length, detail.streams.map(streamItem));
    this.steps.fill(detail.steps.length, detail.steps.map(stepItem));
  }
}

/**
 * @param {Detail} detail
 * @param {number} now
 */
function facts(detail, now) {
  /** @type {[string, (Node | string | null)[]][]} */
  const known = [
    ["Started", [dayAndClock(detail.started_at, now)]],
    ["Connected", detail.connected_at ? [dayAndClock(detail.connected_at, now)] : []],
    ["Ended", detail.ended_at ? [dayAndClock(detail.ended_at, now), detail.end_reason ? ` · ${detail.end_reason}` : ""] : []],
    ["Stored", [counted(detail.segments, "segment"), detail.revision > 1 ? ` · revision ${detail.revision}` : ""]],
    ["Counted", detail.counts ? [Object.entries(detail.counts).filter(([, count]) => count).map(([name, count]) => `${count} ${plainName(name)}`).join(", ")] : []],
    ["Workflow", copied(detail.workflow_id, "workflow id")],
    ["Connection", copied(detail.call_connection_id, "call connection id")],
    ["Server call", copied(detail.server_call_id, "server call id")],
    ["Correlation", copied(detail.correlation_id, "correlation id")],
  ];
  return known.filter(([, value]) => value.some(Boolean)).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, ...value)]);
}

/**
 * @param {string | null} text
 * @param {string} what
 */
const copied = (text, what) => (text ? [h("code", {}, text), copyButton(text, what)] : []);

/** @param {string} title */
function details(title) {
  const count = h("span", { class: "count" });
  const list = h("ol", { class: "steps" });
  const element = h("details", { class: "more-about", hidden: true }, h("summary", {}, title, " ", count), list);
  const fill = (/** @type {number} */ total, /** @type {HTMLElement[]} */ items) => {
    element.hidden = total === 0;
    count.textContent = String(total);
    list.replaceChildren(...items);
  };
  return { element, fill };
}

/** @param {Stream} stream */
function streamItem(stream) {
  const until = stream.closed_at ? clock(stream.closed_at) : "now";
  return h("li", {},
    h("span", {}, `${clock(stream.opened_at)} to ${until}`), h("span", { class: "count" }, stream.segments ? counted(stream.segments, "segment") : null),
    stream.close_reason ? h("span", { class: "dim" }, stream.close_reason) : null, h("code", {}, stream.id));
}

/** @param {Step} step */
function stepItem(step) {
  const took = step.finished_at ? lengthWords(Date.parse(step.finished_at) - Date.parse(step.started_at)) : "under way";
  return h("li", {}, h("span", {}, plainName(step.name)), h("span", { class: "count" }, took),
    h("span", { class: "dim" }, [clock(step.started_at), step.outcome].filter(Boolean).join(" · ")));
}
