import { backoff } from "./backoff.js";
import { Shelf } from "./storage.js";

/**
 * Messages on their way to the server: kept across a reload, sent one after the other in the order they were written.
 * The nonce makes a second try harmless, so whatever was not answered is simply sent again.
 *
 * `send(entry)` resolves with the stored message or rejects with { status, retryAfter?, message }; status 0 is "no server".
 */
export class Outbox {
  constructor({ store, owner, send, changed, later = (run, wait) => setTimeout(run, wait), nonce = randomNonce }) {
    this.shelf = new Shelf(store, owner, "outbox");
    Object.assign(this, { send, changed, later, nonce });
    this.attempt = 0;
    this.running = false;
  }

  get entries() {
    return JSON.parse(this.shelf.get("entries") || "[]");
  }

  set entries(entries) {
    this.shelf.set("entries", entries.length ? JSON.stringify(entries) : "");
  }

  find(nonce) {
    return this.entries.find((entry) => entry.nonce === nonce);
  }

  add(draft) {
    const entry = { ...draft, nonce: this.nonce(), state: "waiting", problem: "" };
    this.entries = [...this.entries, entry];
    this.changed(entry);
    this.run();
    return entry;
  }

  retry(nonce) {
    this.mark(nonce, "waiting", "");
    this.attempt = 0;
    return this.run();
  }

  /** Taken off the list: confirmed by the server, or given up by its author. */
  remove(nonce) {
    this.entries = this.entries.filter((entry) => entry.nonce !== nonce);
  }

  mark(nonce, state, problem) {
    this.entries = this.entries.map((entry) => (entry.nonce === nonce ? { ...entry, state, problem } : entry));
    const entry = this.find(nonce);
    if (entry) this.changed(entry);
  }

  async run() {
    if (this.running) return;
    this.running = true;
    try {
      for (;;) {
        const entry = this.entries.find((candidate) => candidate.state !== "refused");
        if (!entry || !(await this.deliver(entry))) break;
      }
    } finally {
      this.running = false;
    }
  }

  /** Whether the next one may follow. */
  async deliver(entry) {
    try {
      const message = await this.send(entry);
      this.attempt = 0;
      this.remove(entry.nonce);
      this.changed({ ...entry, state: "sent", message });
      return true;
    } catch (refusal) {
      return this.refused(entry, refusal);
    }
  }

  refused(entry, { status, retryAfter, message }) {
    if (status === 429 || status === 503) {
      const seconds = retryAfter || 5;
      const reason = (status === 503 && message) || "Too many at once.";
      this.mark(entry.nonce, "limited", `${reason.replace(/[^.!?]$/, "$&.")} Sending again in ${seconds} s.`);
      this.later(() => this.run(), seconds * 1000);
      return false;
    }
    if (status === 0 || status >= 500 || status === 401) {
      // Those behind it wait for the same reason.
      for (const { nonce, state } of this.entries) {
        if (state !== "refused") this.mark(nonce, "stuck", status === 401 ? "You are signed out." : "Not sent yet.");
      }
      if (status !== 401) this.later(() => this.run(), backoff(this.attempt++));
      return false;
    }
    this.mark(entry.nonce, "refused", message || "The server did not take it.");
    return true;
  }
}

/** Not crypto.randomUUID: that one is missing where a household is reached by plain HTTP. */
function randomNonce() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
