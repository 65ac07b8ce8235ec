/** Server-sent events out of a stream of text. Pure: pieces go in, cut anywhere; whole events come out. */

/** @typedef {{name: string, data: string, id: string | null}} ServerEvent */

export class SseParser {
  #rest = "";
  #name = "";
  /** @type {string[]} */
  #data = [];
  /** @type {string | null} */
  #id = null;
  /** Milliseconds to wait before a reconnection, once the server has said so. */
  retry = 0;

  /**
   * @param {string} piece
   * @returns {ServerEvent[]} what is whole by now
   */
  feed(piece) {
    this.#rest += piece;
    /** @type {ServerEvent[]} */
    const events = [];
    for (;;) {
      const end = this.#rest.search(/[\r\n]/);
      // A CR at the very end may be half of a CR LF.
      if (end < 0 || (this.#rest[end] === "\r" && end === this.#rest.length - 1)) return events;
      const line = this.#rest.slice(0, end);
      this.#rest = this.#rest.slice(end + (this.#rest.startsWith("\r\n", end) ? 2 : 1));
      const event = this.#take(line);
      if (event) events.push(event);
    }
  }

  /**
   * @param {string} line
   * @returns {ServerEvent | null}
   */
  #take(line) {
    if (line === "") {
      const event = this.#data.length ? { name: this.#name || "message", data: this.#data.join("\n"), id: this.#id } : null;
      this.#name = "";
      this.#data = [];
      this.#id = null;
      return event;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#name = value;
    else if (field === "data") this.#data.push(value);
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    return null;
  }
}
