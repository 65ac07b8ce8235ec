/** Elements without strings of HTML: whatever was said on a call is text, never markup. */

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * An HTML element. Properties are attributes, except `on…` (listeners) and `class`; null and false leave one out.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [properties]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  fill(element, properties, children);
  return element;
}

/**
 * An SVG element; as `h`.
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} [properties]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[T]}
 */
export function s(tag, properties = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  fill(element, properties, children);
  return element;
}

/**
 * @param {Element} element
 * @param {Record<string, any>} properties
 * @param {Child[]} children
 */
function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((each) => each !== null && each !== undefined && each !== false).map((each) => /** @type {Node | string} */ (each)));
}

/**
 * The element of the page with that id; it is an error of ours if there is none.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found;
}

/**
 * Replace the children, but only where they differ: what is focused, selected or hovered stays as it is.
 * @param {Element} parent
 * @param {...Child} children
 */
export function show(parent, ...children) {
  const fresh = h("div", {}, ...children);
  if (fresh.isEqualNode(shallow(parent))) return;
  parent.replaceChildren(...fresh.childNodes);
}

/** @param {Element} parent */
function shallow(parent) {
  const copy = h("div");
  copy.append(...[...parent.childNodes].map((each) => each.cloneNode(true)));
  return copy;
}

/**
 * Text that is set only if it differs, so that nothing flickers and no screen reader repeats itself.
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Tell screen readers, once, without moving the focus.
 * @param {string} text
 */
export function announce(text) {
  const announcer = byId("announcer");
  // The same text twice is no change, and would not be read a second time.
  announcer.textContent = announcer.textContent === text ? `${text}\u00a0` : text;
}

/**
 * Make a change that may move elements in the document: what is moved there loses the focus, and is given it back.
 * @param {Element} parent of all that may be moved
 * @param {() => void} change
 */
export function keepingFocus(parent, change) {
  const focused = document.activeElement;
  change();
  if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused)) focused.focus({ preventScroll: true });
}

/**
 * Put `nodes` into `parent` in this order with as few moves as possible; what is not among them goes.
 * @param {Element} parent
 * @param {Element[]} nodes
 * @param {Element | null} [after] leave everything up to and including this child alone
 */
export function arrange(parent, nodes, after = null) {
  const first = () => (after ? after.nextSibling : parent.firstChild);
  /** @type {Set<Node>} */
  const staying = new Set(nodes);
  // First of all: what stands behind one that goes is not moved then, and keeps the focus.
  for (let child = first(); child; ) {
    const next = child.nextSibling;
    if (!staying.has(child)) child.remove();
    child = next;
  }
  let place = first();
  for (const node of nodes) {
    if (node === place) place = node.nextSibling;
    else parent.insertBefore(node, place);
  }
}

/**
 * A button that puts a text on the clipboard.
 * @param {string} text
 * @param {string} what for screen readers: "workflow id"
 */
export function copyButton(text, what) {
  const button = h("button", { type: "button", class: "copy", "aria-label": `Copy ${what}`, title: `Copy ${what}` }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
      announce(`${what} copied`);
    } catch {
      button.textContent = "Select and copy";
      announce("The browser does not let this page copy; select the text and copy it.");
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  return button;
}
