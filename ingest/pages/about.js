/** What else is known of a call: downloads, ids, times, streams, steps. */

import { arrange, copyButton, h, say, show } from "./dom.js";
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
  /** @type {Map<string, {says: string, term: HTMLElement, value: HTMLElement}>} */
  #known = new Map();

  /** @param {HTMLElement} holder */
  constructor(holder) {
    this.facts = h("dl", { class: "about" });
    this.streams = details("Streams");
    this.steps = details("Steps");
    holder.append(h("h2", {}, "About the call"), this.facts, this.streams.element, this.steps.element);
  }

  /**
   * Only what differs is made anew: somebody may be about to copy an id while words come.
   * @param {Detail} detail
   * @param {number} now
   */
  update(detail, now) {
    arrange(this.facts, facts(detail, now).filter(({ says }) => says).flatMap(({ name, says, copied }) => {
      const known = this.#known.get(name) ?? { says: "", term: h("dt", {}, name), value: h("dd") };
      this.#known.set(name, known);
      if (known.says !== says) known.value.replaceChildren(...(copied ? [h("code", {}, says), copyButton(says, copied)] : [says]));
      known.says = says;
      return [known.term, known.value];
    }));
    this.streams.fill(detail.streams.map(streamItem));
    this.steps.fill(detail.steps.map(stepItem));
  }
}

/**
 * @param {Detail} detail
 * @param {number} now
 * @returns {{name: string, says: string, copied?: string}[]} what is not known says nothing
 */
function facts(detail, now) {
  const counts = Object.entries(detail.counts ?? {}).filter(([, count]) => count);
  return [
    { name: "Started", says: dayAndClock(detail.started_at, now) },
    { name: "Connected", says: detail.connected_at ? dayAndClock(detail.connected_at, now) : "" },
    { name: "Ended", says: detail.ended_at ? [dayAndClock(detail.ended_at, now), detail.end_reason].filter(Boolean).join(" · ") : "" },
    { name: "Stored", says: counted(detail.segments, "segment") + (detail.revision > 1 ? ` · revision ${detail.revision}` : "") },
    { name: "Counted", says: counts.map(([name, count]) => `${count} ${plainName(name)}`).join(", ") },
    { name: "Workflow", says: detail.workflow_id, copied: "workflow id" },
    { name: "Connection", says: detail.call_connection_id ?? "", copied: "call connection id" },
    { name: "Server call", says: detail.server_call_id ?? "", copied: "server call id" },
    { name: "Correlation", says: detail.correlation_id ?? "", copied: "correlation id" },
  ];
}

/** @param {string} title */
function details(title) {
  const count = h("span", { class: "count" });
  const list = h("ol", { class: "steps" });
  const element = h("details", { class: "more-about", hidden: true }, h("summary", {}, title, " ", count), list);
  const fill = (/** @type {HTMLElement[]} */ items) => {
    element.hidden = items.length === 0;
    say(count, String(items.length));
    arrange(list, items.map((item, at) => (list.children[at]?.isEqualNode(item) ? list.children[at] : item)));
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
