/** A call's page: puts the parts together and tells them what comes. */

import * as api from "./api.js";
import { About, downloads } from "./about.js";
import { Captions } from "./captions.js";
import { Connection } from "./connection.js";
import { Controls } from "./controls.js";
import { Deliveries } from "./deliveries.js";
import { announce, byId, h, say } from "./dom.js";
import { Earlier } from "./earlier.js";
import { Follow } from "./follow.js";
import { stateWords } from "./format.js";
import { Head } from "./head.js";
import { Live } from "./live.js";
import { Moments } from "./moments.js";
import { Participants } from "./participants.js";
import { openPage, serverNow } from "./shell.js";
import { asItStands, switchedOff, whyNothing } from "./standing.js";
import { Speakers } from "./speakers.js";
import { Spoken } from "./spoken.js";
import { Timeline } from "./timeline.js";
import { Transcript } from "./transcript.js";

/** @import { Detail, Intermediate, Participant, Segment, Session } from "./types.js" */

const DELIVERIES_EVERY = 10_000;
const NEWEST = 500;
const STORED_WITHIN = 5000;
/** A final that is older has been waited for, or is caught up with: it is not read out, as if it were said now. */
const JUST_SAID = 30_000;

class CallPage {
  /** @type {Detail | null} */
  detail = null;
  transcript = new Transcript();
  /** What was shown before the server began anew. @type {Transcript | null} */
  before = null;
  speakers = new Speakers();
  loaded = false;
  /** @type {() => void} */
  #loadedNow = () => {};
  /** @type {Promise<void>} */
  #whole = new Promise((resolve) => (this.#loadedNow = resolve));
  #drawing = 0;

  /**
   * @param {string} key
   * @param {Session | null} session
   */
  constructor(key, session) {
    const operator = session?.can_operate ?? false;
    this.key = key;
    this.formats = session?.formats ?? {};
    this.head = new Head(byId("title"), byId("facts"), byId("verdict"));
    this.captions = new Captions(byId("transcript"), byId("open"), this.speakers);
    this.follow = new Follow(byId("scroller"), byId("transcript"), byId("newest"));
    this.spoken = new Spoken(byId("spoken"), /** @type {HTMLInputElement} */ (byId("aloud")));
    this.connection = new Connection(byId("connection"), byId("latency"), byId("unstored"), serverNow);
    this.earlier = new Earlier(key, byId("earlier"), byId("scroller"), () => this.transcript, (change) => this.follow.steady(() => {
      change();
      this.draw();
    }), () => this.#whole);
    this.moments = new Moments(() => this.transcript, this.captions, this.earlier, this.follow, () => this.panel("captions"));
    this.timeline = new Timeline(byId("timeline"), this.speakers, serverNow, (at, segment) => void this.moments.jump(at, segment));
    this.controls = new Controls(byId("controls"), key, operator, session?.locales ?? []);
    this.participants = new Participants(byId("participants"), key, operator, this.speakers, (participants) => this.renamed(participants));
    this.about = new About(byId("about"));
    this.deliveries = session?.call ? null : new Deliveries(byId("deliveries"), key, operator, serverNow);
    this.live = new Live(`${api.callPath(key)}/live`, (name, data) => this.take(name, data), (state, error) => {
      // Where the captions would be there is room for the reason; an expired link has the banner to tell of it.
      const room = error && state === "refused" && error.status !== 401 && !this.transcript.segments.length;
      this.connection.tell(state, room ? null : error);
      if (room) this.nothing(error.message, error.advice);
      if (state === "live") this.earlier.again();
    }, () => this.amended());
  }

  /**
   * One event of the live stream.
   * @param {string} name
   * @param {any} data
   */
  take(name, data) {
    if (name === "reset") this.reset();
    else if (name === "segment") this.segment(data);
    else if (name === "intermediate") this.intermediate(data);
    else if (name === "status") this.status(data);
    else if (name === "caught_up") void this.caughtUp(data);
    else if (name === "ended") void this.ended();
  }

  /** What is on the page stays until the new load is whole, so that nothing flickers. */
  reset() {
    if (this.loaded) {
      this.before = this.transcript;
      this.#whole = new Promise((resolve) => (this.#loadedNow = resolve));
    }
    this.transcript = new Transcript();
    this.captions.clear();
    this.loaded = false;
  }

  /** @param {Segment} segment */
  segment(segment) {
    const outcome = this.transcript.upsert(segment);
    if (outcome !== "new") {
      if (outcome === "changed") this.soon();
      return;
    }
    this.captions.settle(segment);
    if (!this.loaded) return;
    // What comes from the store has waited there, for longer than its way to this page takes.
    if (!segment.stored) this.connection.measure(segment.received_at);
    if (serverNow() - Date.parse(segment.received_at) < JUST_SAID) this.spoken.say(this.speakers.label(segment.participant), segment.text, segment.locale);
    this.follow.came(1);
    this.moments.heard();
    this.soon();
  }

  /** @param {Intermediate} intermediate */
  intermediate(intermediate) {
    this.captions.hear(intermediate);
    if (this.loaded) this.connection.measure(intermediate.at);
    this.soon();
  }

  /** @param {Detail} told */
  status(told) {
    const before = this.detail;
    const detail = asItStands(told);
    this.detail = detail;
    if (this.speakers.learn(detail.participants)) this.transcript.touchAll();
    this.transcript.open(detail.streams);
    const base = Date.parse(detail.zero_at);
    if (base !== this.captions.base) {
      this.captions.base = base;
      this.transcript.touchAll();
    }
    if (before && before.state !== detail.state) announce(stateWords(detail.state));
    if (!before?.verdict && detail.verdict && before) announce(`Verdict: ${detail.verdict}. ${detail.verdict_reason ?? ""}`);
    if (before?.verdict && detail.revision > before.revision) announce(`The transcript was amended: revision ${detail.revision}`);
    if (detail.state !== "transcribing") this.captions.hush();
    this.follow.growing = detail.live;
    byId("announcing").hidden = !detail.live;
    byId("find").hidden = false;
    this.head.update(detail, serverNow());
    this.controls.update(detail);
    this.about.update(detail, serverNow());
    downloads(byId("downloads"), detail, this.formats);
    this.soon();
  }

  /** @param {{segments: number, earlier: boolean}} load */
  async caughtUp({ earlier }) {
    const { transcript, before } = this;
    transcript.earlier = earlier;
    // Whoever reads what the new load does not reach back to is not to be moved.
    if (before && !transcript.goOnFrom(before) && !this.follow.following) {
      await this.earlier.join(before, transcript);
      if (transcript !== this.transcript) return;
    }
    this.before = null;
    this.loaded = true;
    this.#loadedNow();
    this.follow.steady(() => this.draw());
    // A call that is over is read from its beginning, a running one from its end.
    if (this.transcript.segments.length) this.moments.arrive(this.detail?.live === false && !earlier);
  }

  /** Nothing more will come, unless the call is amended. */
  async ended() {
    await this.#whole;
    this.captions.hush();
    this.draw();
    this.moments.arrive(false);
    void this.deliveries?.refresh();
  }

  /** Whether the server knows more of the call, which is over, than is shown here. */
  async amended() {
    const known = await api.call(this.key);
    return !this.detail || standing(known) !== standing(this.detail);
  }

  /** Draw in the next frame; however much comes until then is drawn at once. */
  soon() {
    if (!this.loaded || this.#drawing) return;
    this.#drawing = requestAnimationFrame(() => {
      if (this.transcript.moves) this.follow.steady(() => this.draw());
      else this.draw();
    });
  }

  /** Draw what has changed. */
  draw() {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = 0;
    const { detail, transcript } = this;
    this.captions.expire(serverNow());
    this.captions.render(transcript, detail ? [...detail.gaps, ...switchedOff(detail)] : [], detail?.locales ?? []);
    this.earlier.show();
    this.unstored();
    this.empty();
    if (!detail) return;
    this.timeline.update(detail, transcript.segments, transcript.earlier);
    /** @type {Map<string, number>} */
    const counts = new Map();
    // As long as there are older ones to load, nobody here knows how many each has said.
    for (const { participant } of transcript.earlier ? [] : transcript.segments) counts.set(participant.id, (counts.get(participant.id) ?? 0) + 1);
    this.participants.update(detail.participants, counts);
    this.follow.keep();
  }

  /**
   * What changes as time passes.
   * @param {Detail} detail
   */
  tick(detail) {
    const now = serverNow();
    this.head.tick(detail, now);
    this.timeline.draw();
    if (this.captions.expire(now)) this.soon();
    this.unstored();
  }

  /** How many captions should have reached the store by now. */
  unstored() {
    const now = serverNow();
    this.connection.unstored(this.transcript.segments.slice(-NEWEST).filter((each) => !each.stored && now - each.at > STORED_WITHIN).length);
  }

  /** What to say where no captions are. */
  empty() {
    const quiet = byId("quiet");
    const { detail, transcript } = this;
    quiet.hidden = transcript.segments.length > 0 || !detail || !byId("open").hidden;
    if (quiet.hidden || !detail) return;
    const [title, text] = whyNothing(detail);
    this.nothing(title, text);
  }

  /**
   * @param {string} title
   * @param {string} text
   */
  nothing(title, text) {
    const quiet = byId("quiet");
    quiet.hidden = false;
    if (quiet.dataset.says === title + text) return;
    quiet.dataset.says = title + text;
    quiet.replaceChildren(h("strong", {}, title), text);
  }

  /** @param {Participant[]} participants */
  renamed(participants) {
    if (this.detail) this.status({ ...this.detail, participants });
  }

  /** @param {string} name on narrow screens only one of the two is there */
  panel(name) {
    byId("main").dataset.panel = name;
    for (const button of document.querySelectorAll(".panels button")) {
      button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.panel === name));
    }
  }
}

/**
 * What an amendment, or a name given to somebody, changes.
 * @param {Detail} detail
 */
const standing = ({ state, verdict, revision, segments, participants }) => JSON.stringify([state, verdict, revision, segments, participants]);

async function main() {
  const key = api.keyIn(location.pathname);
  say(byId("title"), key);
  document.title = `${key} · Callscribe`;
  /** @type {HTMLInputElement} */ (byId("find-call")).value = key;
  /** @type {CallPage | null} */
  let page = null;
  const command = (/** @type {string} */ name) => () => page?.controls.press(name);
  const session = await openPage([
    { keys: ["End"], does: "Go to the newest captions, and follow them", run: () => page?.follow.resume() },
    { keys: ["/"], does: "Search in this call", run: () => /** @type {HTMLElement} */ (document.querySelector("#find [type=search]")).focus() },
    { keys: ["d"], does: "Captions or details (narrow screens)", run: () => page?.panel(byId("main").dataset.panel === "side" ? "captions" : "side") },
    { keys: ["p"], does: "Pause or resume", run: () => page?.controls.press(page.detail?.commands.resume?.enabled ? "resume" : "pause") },
    { keys: ["l"], does: "Change the locale", run: command("update_locale") },
    { keys: ["h"], does: "Hang up (asks first)", run: command("hang_up") },
  ]);
  const made = new CallPage(key, session);
  page = made;
  for (const button of document.querySelectorAll(".panels button")) {
    button.addEventListener("click", () => made.panel(/** @type {HTMLElement} */ (button).dataset.panel ?? "captions"));
  }
  window.addEventListener("hashchange", () => void made.moments.fromAddress());
  setInterval(() => {
    if (document.hidden || !made.detail?.live) return;
    made.tick(made.detail);
  }, 1000);
  if (made.deliveries) {
    void made.deliveries.refresh();
    setInterval(() => document.hidden || void made.deliveries?.refresh(), DELIVERIES_EVERY);
  }
  await made.live.run();
}

void main();
