/** What every page has: who is looking, the theme, the keyboard's help, and the banner for what went wrong. */

import * as api from "./api.js";
import { byId, h, say } from "./dom.js";
import { keep, kept } from "./kept.js";
import { lengthWords } from "./format.js";

/** @import { Session } from "./types.js" */
/** @typedef {{keys: string[], does: string, run?: (event: KeyboardEvent) => void, repeats?: boolean}} Shortcut `repeats`: also while its key is held */

const KEPT_THEME = "theme";
/** Whoever speaks to the computer, or types by accident, may want none. */
const NO_SHORTCUTS = "no-shortcuts";
const THEMES = ["system", "light", "dark"];
const WARN_BEFORE_EXPIRY = 10 * 60_000;
const CHECK_EVERY = 15_000;
const SOONEST_CHECK = 500;
const TRY_AGAIN_AFTER = 2000;

let skew = 0;

/** The server's clock, in milliseconds since 1970: instants are compared with this, never with the browser's clock. */
export const serverNow = () => Date.now() + skew;

/**
 * Set the page up, and ask who is looking until the server says it: what is offered depends on it for as long as the page
 * is open.
 * @param {Shortcut[]} shortcuts of this page
 * @returns {Promise<Session | null>} null if the server does not know this browser; the banner tells why
 */
export async function openPage(shortcuts) {
  themeButton();
  const all = [...shortcuts, ...common()];
  listen(all);
  byId("help").addEventListener("click", () => helpDialog(all).showModal());
  window.addEventListener(api.EXPIRED, () => {
    banner("Your link has expired. Ask whoever runs Callscribe for a new one (callscribe page), and open it in this browser.");
    comeBack();
  }, { once: true });
  for (;;) {
    try {
      const session = await whoLooks();
      banner("");
      role(session);
      watchExpiry(session);
      return session;
    } catch (error) {
      if (isUnknown(error)) return null;
      banner(api.wordsOf(error));
      await new Promise((resolve) => setTimeout(resolve, TRY_AGAIN_AFTER));
    }
  }
}

/** Who is looking; sets the server's clock too. */
async function whoLooks() {
  const sent = Date.now();
  const session = await api.session();
  const answered = Date.now();
  skew = Date.parse(session.now) - (sent + answered) / 2;
  return session;
}

/** @param {unknown} error */
const isUnknown = (error) => error instanceof api.ApiError && error.status === 401;

/** The new link is opened in another tab: begin anew with it once this one is looked at again. */
function comeBack() {
  const look = async () => {
    if (document.hidden) return;
    try {
      await whoLooks();
      location.reload();
    } catch {
      // Not yet, or not reached: whoever comes here again asks again.
    }
  };
  window.addEventListener("focus", look);
  document.addEventListener("visibilitychange", look);
}

/**
 * A message across the top that stays; empty takes it away.
 * @param {string} text
 * @param {"bad" | "warning"} [kind]
 */
export function banner(text, kind = "bad") {
  const element = byId("banner");
  element.dataset.kind = kind;
  say(element, text);
  element.hidden = !text;
}

/** @param {Session} session */
function role(session) {
  const element = byId("role");
  element.textContent = { operator: "Operator", viewer: "Viewer", guest: "Guest" }[session.role] ?? session.role;
  element.title = {
    operator: "You can watch and control all calls.",
    viewer: "You can watch all calls; controlling them needs an operator's link.",
    guest: "You can watch this call.",
  }[session.role] ?? "";
  element.hidden = false;
  for (const link of document.querySelectorAll('.bar nav a[data-page="calls"]')) {
    /** @type {HTMLElement} */ (link).hidden = session.call !== null;
  }
}

/**
 * Warn in time, and ask whether the link that expires has been followed by a new one, opened in another tab.
 * @param {Session} session
 */
function watchExpiry(session) {
  const left = Date.parse(session.expires_at) - serverNow();
  const isNear = left < WARN_BEFORE_EXPIRY;
  if (isNear) banner(`Your link expires in ${lengthWords(Math.ceil(left / 60_000) * 60_000)}: ask for a new one (callscribe page) to stay.`, "warning");
  setTimeout(async () => {
    if (!isNear) return watchExpiry(session);
    try {
      const known = await whoLooks();
      if (known.expires_at !== session.expires_at) banner("");
      watchExpiry(known);
    } catch (error) {
      if (isUnknown(error)) return;
      if (Date.parse(session.expires_at) <= serverNow()) window.dispatchEvent(new Event(api.EXPIRED));
      else watchExpiry(session);
    }
  }, Math.max(SOONEST_CHECK, Math.min(left, CHECK_EVERY)));
}

function themeButton() {
  const button = byId("theme");
  const root = document.documentElement;
  const label = () => {
    const theme = root.dataset.theme ?? "system";
    const sign = { system: "◐", light: "☀", dark: "☾" }[theme];
    button.textContent = sign ?? "◐";
    button.setAttribute("aria-label", `Theme: ${theme}. Change it`);
    button.title = `Theme: ${theme} (t)`;
  };
  button.addEventListener("click", () => {
    const next = THEMES[(THEMES.indexOf(root.dataset.theme ?? "system") + 1) % THEMES.length];
    if (next === "system") delete root.dataset.theme;
    else root.dataset.theme = next;
    keep(KEPT_THEME, next);
    label();
  });
  label();
}

/** @returns {Shortcut[]} */
function common() {
  return [
    { keys: ["t"], does: "Change the theme: system, light, dark", run: () => byId("theme").click() },
    { keys: ["g", "c"], does: "Go to the calls", run: () => location.assign("/") },
    { keys: ["g", "s"], does: "Go to the search", run: () => location.assign("/search") },
    { keys: ["?"], does: "Show these shortcuts", run: () => byId("help").click() },
  ];
}

/** @param {Shortcut[]} shortcuts */
function listen(shortcuts) {
  let before = "";
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key !== "?" && kept(NO_SHORTCUTS)) return;
    if (document.querySelector("dialog[open]")) return;
    const chord = shortcuts.find(({ keys, run }) => run && keys.length === 2 && keys[0] === before && keys[1] === event.key);
    const single = shortcuts.find(({ keys, run }) => run && keys.length === 1 && keys[0] === event.key);
    before = event.key;
    const found = chord ?? single;
    if (!found?.run || (event.repeat && !found.repeats)) return;
    event.preventDefault();
    found.run(event);
  });
}

/** @param {EventTarget | null} target */
function typing(target) {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button"].includes(target.type);
  return target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement || target.isContentEditable;
}

/** @param {Shortcut[]} shortcuts */
function helpDialog(shortcuts) {
  const rows = shortcuts.flatMap(({ keys, does }) => [
    h("dt", {}, ...keys.flatMap((key, at) => [at ? " " : null, h("kbd", {}, key)])),
    h("dd", {}, does),
  ]);
  const wanted = h("input", { type: "checkbox", checked: !kept(NO_SHORTCUTS) });
  wanted.addEventListener("change", () => keep(NO_SHORTCUTS, wanted.checked ? null : "yes"));
  const close = h("button", { type: "submit", class: "primary" }, "Close");
  const dialog = h("dialog", { "aria-labelledby": "help-title" },
    h("h2", { id: "help-title" }, "Keyboard shortcuts"),
    h("dl", { class: "keys" }, ...rows),
    h("label", { class: "switch" }, wanted, " Use these shortcuts in this browser"),
    h("form", { method: "dialog", class: "actions" }, close));
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  return dialog;
}
