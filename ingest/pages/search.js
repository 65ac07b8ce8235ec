/** The search page: what was said, in all calls or in one, with a link to each moment. */

import * as api from "./api.js";
import { announce, byId, h, say } from "./dom.js";
import { counted, dayAndClock, lapse, unbroken } from "./format.js";
import { openPage, serverNow } from "./shell.js";

/** @import { Hit } from "./types.js" */

const field = /** @type {HTMLInputElement} */ (byId("query"));
const hits = byId("hits");
const more = byId("more");
const call = new URLSearchParams(location.search).get("call");
/** What the hits are hits of; what stands in the field may be another question already. */
let asked = "";
/** @type {string | null} */
let next = null;
let turn = 0;
const everywhere = /** @type {HTMLAnchorElement} */ (h("a", { href: "/search" }, "Search all calls"));

/** Look for what stands in the field. */
function begin() {
  asked = field.value.trim();
  everywhere.href = `/search?${new URLSearchParams({ q: asked })}`;
  return look(null);
}

/**
 * Show what is found; tells whether it is shown: not where that failed, or something else has been asked meanwhile.
 * @param {string | null} after
 */
async function look(after) {
  const mine = ++turn;
  if (!asked) {
    hits.replaceChildren();
    more.hidden = true;
    outcome("");
    return false;
  }
  // What was next of another question is not next of this one.
  if (!after) more.hidden = true;
  more.setAttribute("aria-busy", "true");
  try {
    const found = await api.search(asked, call, after);
    if (mine !== turn) return false;
    if (!after) hits.replaceChildren();
    hits.append(...found.hits.map(drawn));
    next = found.next;
    more.hidden = !next;
    const shown = hits.children.length;
    if (!shown) outcome("Nothing found. Try fewer words, or the beginning of one with a star: deliver*");
    else outcome("");
    announce(shown ? `${counted(shown, "hit")}${next ? ", more to be had" : ""}` : "Nothing found");
    return true;
  } catch (error) {
    if (mine !== turn) return false;
    if (!after) hits.replaceChildren();
    outcome(api.wordsOf(error), "bad");
    return false;
  } finally {
    more.removeAttribute("aria-busy");
  }
}

/** Look again, and as far down as the hit whose link was followed before: where the reader goes on. */
async function goOn() {
  const { followed = "", among = 0 } = history.state ?? {};
  let isShown = await begin();
  const left = () => /** @type {HTMLElement | null} */ (hits.querySelector(`a[href="${CSS.escape(followed)}"]`));
  while (isShown && next && !left() && hits.children.length < among) isShown = await look(next);
  if (isShown) left()?.focus();
}

/** @param {Hit} hit */
function drawn(hit) {
  const into = lapse(hit.seconds_in * 1000);
  return h("li", { class: "hit" },
    h("p", { class: "about" },
      h("strong", {}, unbroken(hit.participant.label)),
      h("time", { datetime: hit.at }, `${into} into the call`),
      h("span", {}, dayAndClock(hit.at, serverNow())),
      h("span", { class: "key" }, hit.key)),
    h("a", { class: "text", href: hit.link, dir: "auto" }, ...hit.text_parts.map((part) => (part.match ? h("mark", {}, part.text) : part.text))));
}

/**
 * @param {string} text
 * @param {string} [kind]
 */
function outcome(text, kind = "") {
  const element = byId("outcome");
  element.className = `note ${kind}`;
  say(element, text);
  element.hidden = !text;
}

/** @param {(string | Node)[]} parts */
function scope(...parts) {
  byId("scope").replaceChildren(...parts);
  byId("scope").hidden = false;
}

/** @param {string} key */
function link(key) {
  return h("a", { href: `/calls/${encodeURIComponent(key)}` }, key);
}

async function main() {
  const set = new URLSearchParams(location.search);
  // Whoever was quicker than this script has typed already.
  field.value = set.get("q") ?? field.value;
  if (call) {
    scope("In the call ", link(call), " only. ", everywhere);
  }
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    history.pushState(null, "", `?${new URLSearchParams({ q: field.value.trim(), ...(call ? { call } : {}) })}`);
    void begin();
  });
  more.addEventListener("click", async () => {
    const first = hits.children.length;
    await look(next);
    /** @type {HTMLElement | null} */ (hits.children[first]?.querySelector("a"))?.focus();
  });
  hits.addEventListener("click", (event) => {
    const followed = /** @type {Element} */ (event.target).closest("a")?.getAttribute("href");
    if (followed) history.replaceState({ followed, among: hits.children.length }, "");
  });
  window.addEventListener("popstate", () => {
    const told = new URLSearchParams(location.search).get("q") ?? "";
    // Skipping to the results is a step of the history too, and asks nothing.
    if (told.trim() === asked) return;
    field.value = told;
    void goOn();
  });
  const session = await openPage([{ keys: ["/"], does: "Go to the search field", run: () => field.select() }]);
  if (session?.call) scope("In your call ", link(session.call), " only.");
  // Whoever has asked meanwhile is not asked again, nor led away.
  if (turn) return;
  if (set.get("q")) await goOn();
  else if (document.activeElement === document.body) field.focus();
}

void main();
