/** The captions on the page: utterances that settle, intermediate text that does not, and marks between them. */

import { arrange, h, keepingFocus, s, say, show } from "./dom.js";
import { causeWords, clock, lapse, lengthWords, localeName, moment } from "./format.js";
import { BEGINNING, gapsToDraw, goesOn, layout, localesToDraw } from "./layout.js";

/** @import { Gap, Intermediate, LocaleInForce } from "./types.js" */
/** @import { Placed, Transcript } from "./transcript.js" */
/** @import { Item, Utterance } from "./layout.js" */
/** @import { Speakers } from "./speakers.js" */
/** @typedef {{element: HTMLElement, update: (item: any) => void}} Drawn */

/** To what is being said words are added several times a second. */
const SPEAKING = 30_000;

export class Captions {
  /** Milliseconds since 1970 from which times into the call count. */
  base = 0;
  /** @type {Item[]} */
  #items = [];
  /** @type {Map<string, Drawn>} */
  #drawn = new Map();
  /** @type {Map<string, HTMLElement>} */
  #segments = new Map();
  /** @type {Map<string, Intermediate>} */
  #open = new Map();
  /** @type {Map<string, HTMLElement>} */
  #openText = new Map();
  /** Rows of those that do not go on with the words before them. @type {Map<string, HTMLElement>} */
  #openRows = new Map();
  /** @type {Set<string>} */
  #settling = new Set();
  #marks = "";
  /** Segments before which something stands that is still being said. @type {Set<number>} */
  #apart = new Set();

  /**
   * @param {HTMLElement} list
   * @param {HTMLElement} openList for what is being said while somebody else said the last words
   * @param {Speakers} speakers
   */
  constructor(list, openList, speakers) {
    this.list = list;
    this.openList = openList;
    this.speakers = speakers;
  }

  /**
   * Draw what has changed since the last time.
   * @param {Transcript} transcript
   * @param {Gap[]} gaps
   * @param {LocaleInForce[]} locales
   */
  render(transcript, gaps, locales) {
    const missing = gapsToDraw(gaps, transcript.segments, transcript.earlier);
    const changes = localesToDraw(locales, transcript.segments, transcript.earlier);
    const signature = JSON.stringify([missing, changes]);
    if (signature !== this.#marks) transcript.touchAll();
    this.#marks = signature;
    const places = new Map([...this.#open].map(([key, intermediate]) => [key, transcript.indexOf(intermediate)]));
    const apart = new Set([...places.values()].filter((index) => index < transcript.segments.length));
    for (const index of apart) if (!this.#apart.has(index)) transcript.touch(index);
    for (const index of this.#apart) if (!apart.has(index)) transcript.touch(index);
    this.#apart = apart;
    const changed = transcript.takeChanged();
    if (changed !== Infinity) {
      const kept = this.#keep(changed);
      const tail = layout(transcript.segments, missing, changes, kept ? this.#items[kept].begin : BEGINNING, apart);
      // A segment moves when its utterance has been parted by another.
      keepingFocus(this.list, () => this.#draw(kept, tail));
    }
    this.#drawOpen(transcript.segments.length, places);
  }

  /** Forget everything, as the server asks when it numbers anew. */
  clear() {
    this.#open.clear();
    this.#settling.clear();
  }

  /**
   * @param {Intermediate} intermediate
   */
  hear(intermediate) {
    const key = `${intermediate.stream} ${intermediate.participant.id}`;
    if (intermediate.text) this.#open.set(key, intermediate);
    else this.#open.delete(key);
  }

  /**
   * A final takes the place of what its participant was saying.
   * @param {{stream: string, position: number, participant: {id: string}}} segment
   */
  settle(segment) {
    if (this.#open.delete(`${segment.stream} ${segment.participant.id}`)) this.#settling.add(`${segment.stream}:${segment.position}`);
  }

  /**
   * Whoever has added nothing for long is not speaking any more, though no final came: they have left, or what brought
   * their words is gone without a sign.
   * @param {number} now the server's clock
   * @returns {boolean} whether somebody was not
   */
  expire(now) {
    const before = this.#open.size;
    for (const [key, { at }] of this.#open) if (now - Date.parse(at) > SPEAKING) this.#open.delete(key);
    return this.#open.size < before;
  }

  /** Nothing more will come of what is still open. */
  hush() {
    this.#open.clear();
  }

  /** @param {string} id */
  element(id) {
    return this.#segments.get(id);
  }

  /**
   * How many items stay as they are when segments from `changed` on are new; the item before may go on, so it is redone.
   * @param {number} changed
   */
  #keep(changed) {
    let kept = this.#items.length;
    while (kept > 0 && this.#items[kept - 1].begin.first >= changed) kept--;
    while (kept > 0 && this.#items[kept - 1].kind !== "utterance") kept--;
    return Math.max(0, kept - 1);
  }

  /**
   * @param {number} kept
   * @param {Item[]} tail
   */
  #draw(kept, tail) {
    const gone = new Map(this.#items.slice(kept).map((item) => [item.key, this.#drawn.get(item.key)]));
    const nodes = [];
    // Out of the way, so that nothing else has to be moved; they find their places anew.
    for (const row of this.#openRows.values()) if (row.parentNode === this.list) row.remove();
    // An utterance that must not be drawn as continued needs to know what stands before it.
    const before = this.#items[kept - 1];
    if (tail[0]?.kind === "utterance" && before) tail[0].continued = goesOn(before, tail[0]);
    for (const item of tail) {
      const drawn = gone.get(item.key) ?? this.#make(item);
      gone.delete(item.key);
      this.#drawn.set(item.key, drawn);
      drawn.update(item);
      nodes.push(drawn.element);
    }
    for (const key of gone.keys()) this.#drawn.delete(key);
    arrange(this.list, nodes, before ? /** @type {Drawn} */ (this.#drawn.get(before.key)).element : null);
    this.#items.splice(kept, this.#items.length, ...tail);
    this.#settling.clear();
  }

  /**
   * @param {Item} item
   * @returns {Drawn}
   */
  #make(item) {
    if (item.kind === "utterance") return this.#utterance(item);
    const text = h("span");
    const element = h("li", { class: `mark ${item.kind}` }, h("span", { class: "line" }), text, h("span", { class: "line" }));
    const update = (/** @type {Item} */ newest) => {
      if (newest.kind === "locale") show(text, `Locale changed to ${localeName(newest.locale)} · `, h("span", { class: "tag" }, newest.locale));
      if (newest.kind === "gap") this.#gap(element, text, newest.gap);
    };
    return { element, update };
  }

  /**
   * @param {HTMLElement} element
   * @param {HTMLElement} text
   * @param {Gap} gap
   */
  #gap(element, text, gap) {
    const start = Date.parse(gap.start);
    const [title, sentence] = causeWords(gap.cause);
    element.dataset.cause = gap.cause;
    element.title = [sentence, gap.note].filter(Boolean).join(" ");
    const since = moment(start - this.base);
    if (gap.end === null) say(text, `${title} since ${since}`);
    else say(text, `${title} · ${lengthWords(Date.parse(gap.end) - start)} · ${since} to ${moment(Date.parse(gap.end) - this.base)}`);
  }

  /**
   * @param {Utterance} item
   * @returns {Drawn}
   */
  #utterance(item) {
    const { participant } = item.segments[0];
    const time = h("time");
    const at = h("a", { class: "at" }, time);
    const who = h("span", { class: "who" });
    const said = h("p", { class: "said" });
    const late = h("span", { class: "pill late", hidden: true }, "came late");
    const element = h("li", { class: `utterance ${this.speakers.colour(participant)}` }, at, h("p", { class: "speaker" }, who, late), said);
    const update = (/** @type {Utterance} */ newest) => {
      const first = newest.segments[0];
      at.setAttribute("href", `#${encodeURIComponent(first.id)}`);
      at.title = `${clock(first.at)} · link to this moment`;
      say(time, lapse(first.at - first.length - this.base));
      time.dateTime = first.received_at;
      say(who, this.speakers.label(participant));
      who.title = this.speakers.label(participant);
      element.classList.toggle("continued", newest.continued);
      late.hidden = !newest.segments.some((each) => each.late);
      arrange(said, newest.segments.map((each) => this.#segment(each)));
    };
    return { element, update };
  }

  /** @param {Placed} segment */
  #segment(segment) {
    let span = this.#segments.get(segment.id);
    if (!span) {
      span = h("span", { class: "segment", tabindex: "-1", "data-id": segment.id });
      this.#segments.set(segment.id, span);
    }
    // The space belongs to the text, so that words stay apart when they are copied.
    say(span, `${segment.text} `);
    span.lang = segment.locale ?? "";
    span.classList.toggle("unstored", !segment.stored);
    span.classList.toggle("late", segment.late);
    if (this.#settling.has(segment.id)) span.classList.add("settling");
    return span;
  }

  /**
   * What is being said stands where its final will: often at the end, else before what others have begun since.
   * @param {number} end how many segments there are
   * @param {Map<string, number>} places before which of them each stands
   */
  #drawOpen(end, places) {
    for (const [key, text] of this.#openText) {
      if (this.#open.has(key)) continue;
      text.remove();
      this.#openText.delete(key);
      this.#dropRow(key);
    }
    const rows = [];
    /** @type {Map<Element, HTMLElement[]>} */
    const between = new Map();
    for (const [key, intermediate] of this.#open) {
      const text = this.#openText.get(key) ?? h("span", { class: "unsettled" });
      this.#openText.set(key, text);
      say(text, intermediate.text);
      text.lang = intermediate.locale ?? "";
      const index = places.get(key) ?? end;
      let at = this.#items.length;
      while (index < end && at > 0 && this.#items[at - 1].begin.first >= index) at--;
      const [before, next] = [this.#items[at - 1], this.#items[at]];
      if (before?.kind === "utterance" && before.segments[0].participant.id === intermediate.participant.id) {
        const said = /** @type {Drawn} */ (this.#drawn.get(before.key)).element.querySelector(".said");
        if (text.parentNode !== said || text.nextSibling) said?.append(text);
        this.#dropRow(key);
        continue;
      }
      const row = this.#openRow(key, intermediate, text);
      if (!next) rows.push(row);
      else {
        const { element } = /** @type {Drawn} */ (this.#drawn.get(next.key));
        between.set(element, [...(between.get(element) ?? []), row]);
      }
    }
    for (const [next, group] of between) {
      let place = next;
      for (const row of group.reverse()) {
        if (row.nextSibling !== place) this.list.insertBefore(row, place);
        place = row;
      }
    }
    arrange(this.openList, rows);
    this.openList.hidden = rows.length === 0;
  }

  /** @param {string} key */
  #dropRow(key) {
    this.#openRows.get(key)?.remove();
    this.#openRows.delete(key);
  }

  /**
   * @param {string} key
   * @param {Intermediate} intermediate
   * @param {HTMLElement} text
   */
  #openRow(key, intermediate, text) {
    let row = this.#openRows.get(key);
    if (!row) {
      row = h("li", { class: `utterance ${this.speakers.colour(intermediate.participant)}` },
        h("span", { class: "at" }, speaking()), h("p", { class: "speaker" }, h("span", { class: "who" })), h("p", { class: "said" }));
      this.#openRows.set(key, row);
    }
    say(/** @type {Element} */ (row.querySelector(".who")), this.speakers.label(intermediate.participant));
    const said = /** @type {Element} */ (row.querySelector(".said"));
    if (text.parentNode !== said) said.replaceChildren(text);
    return row;
  }
}

/** Three bars that move while somebody speaks. */
function speaking() {
  const bars = [4, 9, 6].map((height, at) => s("rect", { x: at * 5, y: (12 - height) / 2, width: 3, height, rx: 1.5 }));
  return s("svg", { class: "speaking", viewBox: "0 0 13 12", width: 13, height: 12, role: "img", "aria-label": "speaking now" }, ...bars);
}
