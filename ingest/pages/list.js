/** The list of calls: live ones first, kept up to date without flicker, filters in the address. */

import * as api from "./api.js";
import { announce, arrange, byId, h, keepingFocus, say } from "./dom.js";
import { clock, counted, localeName } from "./format.js";
import { Row } from "./rows.js";
import { openPage, serverNow } from "./shell.js";

/** @import { Call, CallList } from "./types.js" */

const EVERY = 3000;
const TYPING_PAUSE = 250;
const PAGE = 50;
const MOST_PAGES = 100;
const SELDOM = 60_000;
const FILTERS = ["show", "verdict", "locale", "q"];

/** @type {Map<string, Row>} */
const rows = new Map();
/** @type {Map<string, {element: HTMLElement, heading: HTMLElement, list: HTMLElement}>} */
const groups = new Map();
const form = /** @type {HTMLFormElement} */ (byId("filters"));
const holder = byId("calls");
const more = byId("more");
let pages = 1;
let asked = 0;
/** The filters of what is shown. */
let drawn = "";
/** @type {AbortController | null} */
let running = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {string} name */
const control = (name) => /** @type {HTMLInputElement | RadioNodeList} */ (form.elements.namedItem(name));

/** @param {(name: string) => string} [otherwise] the value of a filter that the address does not name */
function fromAddress(otherwise = () => "") {
  const set = new URLSearchParams(location.search);
  for (const name of FILTERS) {
    const wanted = set.get(name) ?? otherwise(name);
    const initial = name === "show" ? "all" : "";
    control(name).value = initial;
    control(name).value = wanted;
    // An address edited by hand may name what there is not to choose.
    if (!control(name).value) control(name).value = initial;
  }
  pages = Math.min(MOST_PAGES, Math.max(1, Math.floor(Number(set.get("pages"))) || 1));
}

/** @returns {Record<string, string>} */
function filters() {
  /** @type {Record<string, string>} */
  const set = {};
  for (const name of FILTERS) {
    const value = control(name).value.trim();
    if (value && !(name === "show" && value === "all")) set[name] = value;
  }
  return set;
}

function toAddress() {
  const set = new URLSearchParams(filters());
  if (pages > 1) set.set("pages", String(pages));
  history.replaceState(null, "", set.size ? `?${set}` : location.pathname);
}

async function refresh() {
  clearTimeout(timer);
  const wanted = filters();
  const told = JSON.stringify(wanted);
  // What is shown of other filters is not the answer, and does not look like it.
  holder.setAttribute("aria-busy", String(told !== drawn));
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const turn = ++asked;
  try {
    const answer = await load(wanted, mine.signal);
    if (turn !== asked) return;
    draw(answer);
    drawn = told;
    holder.setAttribute("aria-busy", "false");
    say(byId("fresh"), "");
  } catch (error) {
    if (turn !== asked || mine.signal.aborted) return;
    say(byId("fresh"), "");
    const shown = told === drawn ? " What is shown may be out of date." : " What is shown fits the filters as they were before.";
    notice(`${api.wordsOf(error)}${rows.size ? shown : ""}`, "bad");
    holder.querySelector(".waiting")?.remove();
  } finally {
    if (turn === asked) {
      // More pages take more work to ask for: less often then.
      if (!document.hidden) timer = setTimeout(refresh, Math.min(EVERY * pages, SELDOM));
    }
  }
}

/**
 * @param {Record<string, string>} wanted
 * @param {AbortSignal} signal
 * @returns {Promise<CallList>}
 */
async function load(wanted, signal) {
  const found = await api.calls({ ...wanted, limit: PAGE }, signal);
  for (let page = 1; page < pages && found.next; page++) {
    const further = await api.calls({ ...wanted, limit: PAGE, after: found.next }, signal);
    found.calls.push(...further.calls);
    found.next = further.next;
  }
  return found;
}

/** @param {CallList} answer */
function draw(answer) {
  const now = serverNow();
  const keys = new Set(answer.calls.map((each) => each.key));
  for (const key of rows.keys()) if (!keys.has(key)) rows.delete(key);
  for (const call of answer.calls) {
    const row = rows.get(call.key) ?? new Row(call);
    rows.set(call.key, row);
    row.update(call, now);
  }
  const live = answer.calls.filter((each) => each.live);
  const over = answer.calls.filter((each) => !each.live);
  const total = Math.max(answer.live ?? 0, live.length).toLocaleString("en");
  // A call that is over stands elsewhere.
  keepingFocus(holder, () => {
    const shown = [...group("live", `Live now · ${total}`, live), ...group("over", "Over", over)];
    arrange(holder, shown.length ? shown : [empty()]);
  });
  more.hidden = !answer.next;
  notice(answer.notice ?? "", "warning");
  document.title = live.length ? `(${total}) Calls · Callscribe` : "Calls · Callscribe";
  byId("clear").hidden = Object.keys(filters()).length === 0;
}

/**
 * @param {string} name
 * @param {string} title
 * @param {Call[]} calls
 */
function group(name, title, calls) {
  if (!calls.length) return [];
  let made = groups.get(name);
  if (!made) {
    const heading = h("h2", { id: `group-${name}` });
    const list = h("ul", { class: "rows", "aria-labelledby": `group-${name}` });
    made = { element: h("section", { class: "group", "aria-labelledby": `group-${name}` }, heading, list), heading, list };
    groups.set(name, made);
  }
  say(made.heading, title);
  arrange(made.list, calls.map((each) => /** @type {Row} */ (rows.get(each.key)).element));
  return [made.element];
}

function empty() {
  const shown = holder.querySelector(".empty");
  const filtered = Object.keys(filters()).length > 0;
  if (shown?.getAttribute("data-filtered") === String(filtered)) return shown;
  if (filtered) return h("div", { class: "empty", "data-filtered": "true" }, h("strong", {}, "No call fits these filters."), "Clear them, or search for what was said instead.");
  return h("div", { class: "empty", "data-filtered": "false" },
    h("strong", {}, "No calls yet."),
    "Calls appear here as soon as they begin. Make one:",
    h("pre", {}, h("code", {}, "callscribe call +12025550147 --name 4:+12025550147=Dana")));
}

/**
 * @param {string} text
 * @param {"bad" | "warning"} kind
 */
function notice(text, kind) {
  const element = byId("notice");
  element.className = `note ${kind}`;
  say(element, text);
  element.hidden = !text;
}

function changed() {
  pages = 1;
  toAddress();
  void refresh();
}

/** @param {number} step */
function walk(step) {
  const links = [...holder.querySelectorAll(".row a")].map((each) => /** @type {HTMLElement} */ (each));
  const at = links.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + step))]?.focus();
}

async function main() {
  // Whoever was quicker than this script has chosen already.
  fromAddress((name) => control(name).value);
  toAddress();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typed;
  form.addEventListener("input", () => {
    clearTimeout(typed);
    typed = setTimeout(changed, TYPING_PAUSE);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  // The fields hold their old values until the event is over.
  form.addEventListener("reset", () => setTimeout(changed));
  const session = await openPage([
    { keys: ["j"], does: "Next call", run: () => walk(1), repeats: true },
    { keys: ["k"], does: "Previous call", run: () => walk(-1), repeats: true },
    { keys: ["Enter"], does: "Open the call" },
    { keys: ["/"], does: "Filter by key or participant", run: () => /** @type {HTMLElement} */ (form.querySelector("[name=q]")).focus() },
  ]);
  byId("locales").append(...(session?.locales ?? []).map((each) => h("option", { value: each }, localeName(each))));
  more.addEventListener("click", async () => {
    const before = rows.size;
    pages = Math.min(MOST_PAGES, pages + 1);
    toAddress();
    await refresh();
    if (rows.size > before) announce(`${counted(rows.size - before, "more call")} shown`);
  });
  window.addEventListener("popstate", () => {
    fromAddress();
    void refresh();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) void refresh();
  });
  setInterval(() => {
    if (document.hidden) return;
    for (const row of rows.values()) if (row.call.live) row.tick(serverNow());
  }, 1000);
  window.addEventListener("offline", () => say(byId("fresh"), `No network since ${clock(Date.now())}`));
  window.addEventListener("online", () => void refresh());
  await refresh();
}

void main();
