/** The call as a picture: when transcription was on, what is missing, which locale, and who spoke when. */

import { h, s, say } from "./dom.js";
import { causeWords, clock, lengthWords, moment } from "./format.js";
import { switchedOff } from "./standing.js";
import { axis, distance, endOf, extent, locales, nearest, scale, spoken } from "./timeline_model.js";

/** @import { Detail, Gap } from "./types.js" */
/** @import { Placed } from "./transcript.js" */
/** @import { Speakers } from "./speakers.js" */

const ROW = 11;
const LABELS = 132;
const NARROW = 620;
const MOST_ROWS = 6;
const PAGE_STEPS = 10;
/** How causes that are no loss are drawn. @type {Record<string, string>} */
const KINDS = { paused: "pause", stopped: "off", off: "off" };

export class Timeline {
  /** @type {Detail | null} */
  #detail = null;
  /** @type {Placed[]} */
  #segments = [];
  /** When words are missing, unwanted and wanted. @type {Gap[]} */
  #missing = [];
  #earlier = false;
  /** Milliseconds since 1970 that the cursor points at; null while nobody points. */
  #cursor = /** @type {number | null} */ (null);
  /** The segment that arrow keys have led to: several may have been said at that moment. @type {Placed | null} */
  #reached = null;
  #map = scale({ from: 0, to: 1 }, 0, 1);
  #span = { from: 0, to: 1 };
  /** Milliseconds since 1970 from which times into the call count. */
  #zero = 0;

  /**
   * @param {HTMLElement} holder
   * @param {Speakers} speakers
   * @param {() => number} now
   * @param {(at: number, segment: Placed | null) => void} jump
   */
  constructor(holder, speakers, now, jump) {
    this.holder = holder;
    this.speakers = speakers;
    this.now = now;
    this.svg = s("svg", { "aria-hidden": "true" });
    this.tip = h("div", { class: "tip", hidden: true });
    this.plot = h("div", { class: "plot", role: "slider", tabindex: "0", "aria-label": "Time in the call: arrow keys move, Enter goes there", "aria-valuemin": "0" }, this.svg, this.tip);
    this.legend = h("p", { class: "legend" });
    holder.append(this.plot, this.legend);
    this.plot.addEventListener("pointermove", (event) => this.#point(this.#map.at(event.clientX - this.plot.getBoundingClientRect().left)));
    this.plot.addEventListener("pointerleave", () => this.#point(null));
    this.plot.addEventListener("blur", () => this.#point(null));
    this.plot.addEventListener("click", (event) => {
      const at = this.#map.at(event.clientX - this.plot.getBoundingClientRect().left);
      jump(at, this.#saidAt(at, nearest(this.#segments, at)));
    });
    this.plot.addEventListener("keydown", (event) => this.#key(event, jump));
    new ResizeObserver(() => this.draw()).observe(this.plot);
  }

  /**
   * @param {Detail} detail
   * @param {Placed[]} segments
   * @param {boolean} earlier
   */
  update(detail, segments, earlier) {
    this.#detail = detail;
    this.#missing = [...detail.gaps, ...switchedOff(detail)];
    this.#segments = segments;
    // Another load of the same words holds them anew.
    const reached = this.#reached?.id;
    this.#reached = (reached && segments.find((each) => each.id === reached)) || null;
    this.#earlier = earlier;
    this.draw();
  }

  /** Draw it as it is now; a running call grows by itself. */
  draw() {
    const detail = this.#detail;
    if (!detail) return;
    // A call that nobody took has nothing to draw.
    this.holder.hidden = !detail.live && !detail.connected_at && !this.#segments.length;
    const width = this.plot.clientWidth;
    if (!width) return;
    const narrow = width < NARROW;
    const left = narrow ? 0 : LABELS;
    this.#span = extent(detail, this.#missing, this.#segments, this.now());
    this.#zero = Date.parse(detail.zero_at);
    this.#map = scale(this.#span, left, width - left - 2);
    const { x } = this.#map;
    /** @type {SVGElement[]} */
    const shapes = [hatches()];
    const rows = this.#rows(narrow);
    const top = 18;
    const height = top + 22 + rows.length * ROW + 4;
    for (const into of axis(this.#span, this.#zero, width - left, 84)) {
      const at = Math.round(x(this.#zero + into)) + 0.5;
      shapes.push(s("line", { class: "tick", x1: at, x2: at, y1: top - 4, y2: height }));
      if (width - at > 30) shapes.push(s("text", { class: "axis", x: at + 4, y: 11 }, moment(into)));
    }
    shapes.push(...this.#transcription(detail, top, left, narrow));
    rows.forEach(({ label, colour, segments }, index) => {
      const y = top + 22 + index * ROW;
      if (!narrow) shapes.push(s("text", { class: `name ${colour}`, x: 0, y: y + 8 }, cut(label)));
      for (const each of spoken(segments, x)) shapes.push(s("rect", { class: `talk ${colour}`, x: each.from, y: y + 1, width: each.to - each.from, height: ROW - 3, rx: 2 }));
    });
    if (this.#earlier && this.#segments.length) {
      const until = x(this.#segments[0].at - this.#segments[0].length);
      if (until - left > 3) shapes.push(s("rect", { class: "unloaded", x: left, y: top + 20, width: until - left, height: height - top - 22, fill: "url(#hatch-unloaded)" }));
    }
    if (this.#cursor !== null) {
      const at = x(this.#cursor);
      shapes.push(s("line", { class: "cursor", x1: at, x2: at, y1: top - 4, y2: height }));
    }
    this.svg.setAttribute("width", String(width));
    this.svg.setAttribute("height", String(height));
    this.svg.replaceChildren(...shapes);
    this.#describe();
    this.#explain(detail);
  }

  /**
   * @param {Detail} detail
   * @param {number} top
   * @param {number} left
   * @param {boolean} narrow
   */
  #transcription(detail, top, left, narrow) {
    const { x } = this.#map;
    const bar = (/** @type {string} */ kind, /** @type {number} */ from, /** @type {number} */ to, /** @type {number} */ y, /** @type {number} */ height, /** @type {Record<string, any>} */ more = {}) =>
      s("rect", { class: kind, x: x(from), y, width: Math.max(2, x(to) - x(from)), height, rx: Math.min(3, height / 2), ...more });
    const end = this.#span.to;
    /** @type {SVGElement[]} */
    const shapes = [bar("track", this.#span.from, end, top + 2, 8)];
    if (!narrow) shapes.push(s("text", { class: "name", x: 0, y: top + 10 }, "Transcription"));
    for (const each of detail.intervals) shapes.push(bar("on", Date.parse(each.start), endOf(each, this.#span), top + 2, 8));
    for (const each of detail.streams) shapes.push(bar("stream", Date.parse(each.opened_at), each.closed_at ? Date.parse(each.closed_at) : end, top + 13, 2));
    for (const gap of this.#missing) {
      const kind = KINDS[gap.cause] ?? "gap";
      shapes.push(bar(kind, Date.parse(gap.start), endOf(gap, this.#span), top + 1, 10, { fill: kind === "off" ? null : `url(#hatch-${kind})` }));
    }
    let free = left - 1;
    const covered = this.#missing.map((gap) => [x(Date.parse(gap.start)), x(endOf(gap, this.#span))]);
    const hidden = (/** @type {number} */ place) => covered.some(([from, to]) => from < place + 38 && to > place);
    // Of several before the picture begins, the last was in force there.
    const flags = locales(this.#segments, detail.locales).filter((_, index, all) => !(all[index + 1]?.at <= this.#span.from));
    for (const { at, locale } of flags.slice(0, 200)) {
      const place = x(at);
      shapes.push(s("line", { class: "flag", x1: place, x2: place, y1: top, y2: top + 20 }));
      // A flag without room for its name is still there to be pointed at.
      if (place < free || place + 40 > x(end) || hidden(place)) continue;
      shapes.push(s("text", { class: "locale", x: place + 3, y: top + 9.5 }, locale));
      free = place + 46;
    }
    return shapes;
  }

  /** @param {boolean} narrow */
  #rows(narrow) {
    /** @type {Map<string, Placed[]>} */
    const by = new Map(this.speakers.ids.map((id) => [id, []]));
    for (const segment of this.#segments) {
      if (!by.has(segment.participant.id)) by.set(segment.participant.id, []);
      by.get(segment.participant.id)?.push(segment);
    }
    const spoke = [...by].filter(([, segments]) => segments.length);
    const most = narrow ? MOST_ROWS - 2 : MOST_ROWS;
    const alone = spoke.length > most ? spoke.slice(0, most - 1) : spoke;
    const rows = alone.map(([, segments]) => ({
      label: this.speakers.label(segments[0].participant), colour: this.speakers.colour(segments[0].participant), segments,
    }));
    const others = spoke.slice(alone.length);
    if (others.length) {
      const segments = others.flatMap(([, each]) => each).sort((one, other) => one.at - other.at);
      rows.push({ label: `${others.length} others`, colour: "others", segments });
    }
    return rows;
  }

  /**
   * @param {number | null} at
   * @param {Placed | null} [reached]
   */
  #point(at, reached = null) {
    this.#cursor = at;
    this.#reached = reached;
    this.draw();
  }

  /** @param {number} at */
  #segmentAt(at) {
    return this.#reached ?? nearest(this.#segments, at);
  }

  /** Whether what was said then is still to be loaded. @param {number} at */
  #isUnloaded(at) {
    return this.#earlier && at < (this.#segments[0]?.at ?? 0);
  }

  /**
   * The segment whose words are told there; null where nobody spoke, or where that is not known yet.
   * @param {number} at
   * @param {Placed | null} segment what is next to it
   */
  #saidAt(at, segment = this.#segmentAt(at)) {
    const near = Math.max(8000, (this.#span.to - this.#span.from) / 60);
    return segment && !this.#isUnloaded(at) && distance(segment, at) < near ? segment : null;
  }

  /**
   * @param {KeyboardEvent} event
   * @param {(at: number, segment: Placed | null) => void} jump
   */
  #key(event, jump) {
    const at = this.#cursor ?? this.#span.to;
    const step = (this.#span.to - this.#span.from) / 100;
    const there = this.#segmentAt(at);
    const index = there ? this.#segments.indexOf(there) : -1;
    /** @type {Placed | null} */
    let reached = null;
    const neighbour = (/** @type {number} */ by) => {
      reached = this.#segments[Math.min(this.#segments.length - 1, Math.max(0, index + by))] ?? null;
      return reached ? reached.at - reached.length / 2 : at;
    };
    /** @type {Record<string, () => number>} */
    const moves = {
      ArrowLeft: () => (this.#cursor === null ? at : neighbour(-1)),
      ArrowRight: () => neighbour(1),
      ArrowDown: () => at - step,
      ArrowUp: () => at + step,
      PageDown: () => at - PAGE_STEPS * step,
      PageUp: () => at + PAGE_STEPS * step,
      Home: () => this.#span.from,
      End: () => this.#span.to,
    };
    const move = moves[event.key];
    if (move) {
      const to = move();
      this.#point(Math.min(this.#span.to, Math.max(this.#span.from, to)), reached);
    }
    else if (event.key === "Enter") jump(at, this.#saidAt(at));
    else if (event.key === "Escape") this.#point(null);
    else return;
    event.preventDefault();
  }

  /** What the cursor points at, for eyes and for screen readers. */
  #describe() {
    const at = this.#cursor ?? this.#span.to;
    const into = moment(at - this.#zero);
    const length = Math.round((this.#span.to - this.#span.from) / 1000);
    this.plot.setAttribute("aria-valuemax", String(length));
    this.plot.setAttribute("aria-valuenow", String(Math.round((at - this.#span.from) / 1000)));
    const gap = this.#missing.find((each) => Date.parse(each.start) <= at && at <= endOf(each, this.#span));
    const said = this.#saidAt(at);
    const words = said ? `${this.speakers.label(said.participant)}: ${said.text}` : "Nobody spoke here";
    const missing = gap ? `${causeWords(gap.cause)[0]}, ${lengthWords(endOf(gap, this.#span) - Date.parse(gap.start))}` : "";
    const near = this.#isUnloaded(at) ? "Not loaded yet: click to load what was said here" : words;
    this.plot.setAttribute("aria-valuetext", [`${into} into the call`, missing, near].filter(Boolean).join(". "));
    this.tip.hidden = this.#cursor === null;
    if (this.#cursor === null) return;
    this.tip.replaceChildren(h("b", {}, `${into} · ${clock(at)}`), ...(missing ? [h("span", { class: "missing" }, missing)] : []), h("span", {}, near));
    const width = this.plot.clientWidth;
    const place = Math.min(Math.max(0, this.#map.x(at) - 140), Math.max(0, width - 280));
    this.tip.style.left = `${place}px`;
  }

  /** @param {Detail} detail */
  #explain(detail) {
    const parts = [["on", "transcribing"]];
    const kinds = new Set(this.#missing.map((each) => KINDS[each.cause] ?? "gap"));
    if (kinds.has("pause")) parts.push(["pause", "paused"]);
    if (kinds.has("off")) parts.push(["off", "off"]);
    if (kinds.has("gap")) parts.push(["gap", "something is missing"]);
    if (detail.streams.length) parts.push(["stream", "stream open"]);
    const text = parts.map(([, words]) => words).join();
    if (this.legend.dataset.shows === text) return;
    this.legend.dataset.shows = text;
    this.legend.replaceChildren(...parts.map(([kind, words]) => h("span", {}, h("i", { class: kind, "aria-hidden": "true" }), words)));
  }
}

/** @param {string} label */
const cut = (label) => (label.length > 19 ? `${label.slice(0, 18)}…` : label);

function hatches() {
  const pattern = (/** @type {string} */ id, /** @type {number} */ turn) => s("pattern", { id, width: 5, height: 5, patternUnits: "userSpaceOnUse", patternTransform: `rotate(${turn})` },
    s("rect", { class: "back", width: 5, height: 5 }), s("rect", { class: "stripe", width: 2, height: 5 }));
  const pause = pattern("hatch-pause", 90);
  const gap = pattern("hatch-gap", 45);
  return s("defs", {}, gap, pause, pattern("hatch-unloaded", 135));
}
