import { backoff } from "./backoff.js";
import { randomHex } from "./random.js";
import { Shelf } from "./storage.js";

/**
 * Messages on their way to the server: kept across a reload, sent one after the other in the order they were written.
 * The nonce makes a second try harmless, so whatever was not answered is simply sent again.
 *
 * A message may wait for its files (`files`: records of a `Batch`, `batch`: its id). What was written after it in the same place
 * waits too, unless a file needs somebody to look at it: then the others go first.
 *
 * `send(entry)` resolves with the stored message or rejects with { status, retryAfter?, message }; status 0 is "no server".
 */
export class Outbox {
  constructor({ store, owner, send, changed, later = (run, wait) => setTimeout(run, wait), nonce = () => randomHex(16), now = Date.now }) {
    this.shelf = new Shelf(store, owner, "outbox");
    Object.assign(this, { send, changed, later, nonce, now });
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
    const entry = { ...draft, nonce: this.nonce(), state: isSupplied(draft) ? "waiting" : "uploading", problem: "" };
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
    this.change(nonce, { state, problem });
  }

  change(nonce, change) {
    this.entries = this.entries.map((entry) => (entry.nonce === nonce ? { ...entry, ...change } : entry));
    const entry = this.find(nonce);
    if (entry) this.changed(entry);
  }

  /** How far the files of a message are. With all of them it goes; with neither files nor words nothing is left to send. */
  supply(batch, files, problem = "") {
    const entry = this.entries.find((candidate) => candidate.batch === batch);
    if (!entry) return;
    if (!files.length && !entry.content) {
      this.remove(entry.nonce);
      this.changed({ ...entry, state: "dropped" });
    } else {
      const isReady = isSupplied({ files });
      this.change(entry.nonce, { files, problem, state: isReady ? "waiting" : problem ? "unfinished" : "uploading" });
    }
    this.run();
  }

  async run() {
    if (this.running) return;
    this.running = true;
    try {
      for (;;) {
        const entry = this.first;
        if (!entry || !(await this.deliver(entry))) break;
      }
    } finally {
      this.running = false;
    }
  }

  /** The one to be sent next. */
  get first() {
    const held = new Set();
    return this.entries.find((entry) => {
      const place = `${entry.channelId}/${entry.threadId ?? ""}`;
      if (entry.state === "uploading") held.add(place);
      return isMoving(entry) && !held.has(place);
    });
  }

  /** Whether the next one may follow. */
  async deliver(entry) {
    if (entry.files?.some(({ until }) => until <= this.now())) {
      const files = entry.files.map((record) => (record.until <= this.now() ? { ...record, file: null } : record));
      this.change(entry.nonce, { files, state: "unfinished", problem: "A file waited for too long." });
      return true;
    }
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
        if (isMoving({ state })) this.mark(nonce, "stuck", status === 401 ? "You are signed out." : "Not sent yet.");
      }
      if (status !== 401) this.later(() => this.run(), backoff(this.attempt++));
      return false;
    }
    this.mark(entry.nonce, "refused", message || "The server did not take it.");
    return true;
  }
}

/** Goes by itself, when its turn comes. */
function isMoving({ state }) {
  return !["refused", "uploading", "unfinished"].includes(state);
}

function isSupplied({ files = [] }) {
  return files.every(({ file }) => file);
}
