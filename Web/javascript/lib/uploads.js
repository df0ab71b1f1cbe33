import { randomHex } from "./random.js";

/**
 * Files on their way to the server: at most three at a time, in the order in which they were chosen.
 *
 * `send(blob, progress)` gives { done, stop }: `done` resolves with the file as the server stored it, or rejects with
 * { status, retryAfter?, message }, where status 0 is "no server"; `progress` hears the share that has gone out, 0 to 1.
 */
export class Uploads {
  constructor({ send, withdraw = () => {}, later = (run, wait) => setTimeout(run, wait), now = Date.now, lanes = 3 }) {
    Object.assign(this, { send, withdraw, later, now, lanes });
    this.line = [];
    this.running = new Set();
    this.stuck = new Set();
  }

  get isBusy() { return this.line.length + this.running.size + this.stuck.size > 0; }

  add(item) {
    this.stuck.delete(item);
    this.set(item, { state: "waiting", share: 0, problem: "" });
    this.line.push(item);
    this.next();
  }

  next() {
    while (this.running.size < this.lanes && this.line.length) this.start(this.line.shift());
  }

  async start(item) {
    this.running.add(item);
    const moved = (share) => item.state === "running" && this.set(item, { share, movedAt: this.now() });
    const transfer = this.send(item.blob, moved);
    this.set(item, { state: "running", stop: transfer.stop, movedAt: this.now(), isStale: false });
    const { file, refusal } = await transfer.done.then((stored) => ({ file: stored }), (problem) => ({ refusal: problem }));
    this.running.delete(item);
    if (item.state === "cancelled") {
      if (file) this.withdraw(file);
    } else if (file) this.set(item, { state: "done", share: 1, file, until: this.now() + KEPT });
    else if (item.isStale) this.add(item);
    else this.failed(item, refusal);
    this.next();
  }

  failed(item, { status, retryAfter, message }) {
    if (status === 429 || status === 503) {
      const seconds = retryAfter || 5;
      this.stuck.add(item);
      this.set(item, { state: "limited", problem: `${sentence(message)} Going on in ${seconds} s.` });
      this.later(() => item.state === "limited" && this.add(item), seconds * 1000);
    } else if (status === 0 || status === 401 || (status >= 500 && status !== 507)) {
      this.stuck.add(item);
      const words = { 0: "The line was cut. It goes on when the server is back.", 401: "You are signed out." }[status];
      this.set(item, { state: "stuck", problem: words ?? sentence(message) });
    } else {
      const { kinds } = item.batch.rules;
      const words = status === 415 && kinds ? `Not a kind that is taken here: only ${kinds}` : message || "The server did not take it";
      this.set(item, { state: "refused", problem: sentence(words), canRetry: status === 507 });
    }
  }

  /** The server is back. What has not moved for long hangs on a line that is dead, which its browser may not know for minutes. */
  resume() {
    for (const item of Array.from(this.stuck)) if (item.state === "stuck") this.add(item);
    for (const item of this.running) {
      item.isStale = this.now() - item.movedAt > STALE;
      if (item.isStale) item.stop();
    }
  }

  cancel(item) {
    const { state, file } = item;
    this.line = this.line.filter((other) => other !== item);
    this.stuck.delete(item);
    item.state = "cancelled";
    if (state === "running") item.stop();
    else if (state === "done") this.withdraw(file);
  }

  set(item, change) {
    Object.assign(item, change);
    item.batch.changed(item);
  }
}

const STALE = 30_000;

/** How long a file that was uploaded may wait for its message, in milliseconds; the server waits a little longer. */
export const KEPT = 23.5 * 3_600_000;

const BUSY = ["waiting", "running", "stuck", "limited"];

/** The files of one message that is being written or waits for them, in the order in which they will stand in it. */
export class Batch {
  /** `rules`: { largest, most }, in bytes and files, and in words { words, kinds }. `hear(batch, item)` is told each change; without an item the list itself changed. */
  constructor(uploads, rules, hear, items = []) {
    Object.assign(this, { uploads, rules, hear, items });
    this.id = randomHex(8);
    for (const item of items) item.batch = this;
  }

  /** As it was kept. Bytes are not: what was not uploaded has to be chosen again. */
  static restored(uploads, rules, hear, records) {
    const items = records.map(({ name, size, type, file, until }) => {
      const isThere = Boolean(file) && until > uploads.now();
      const rest = isThere ? { state: "done", share: 1, file, until, problem: "" } : { state: "lost", share: 0, problem: "Not uploaded. Choose it again." };
      return { ref: randomHex(8), name, size, type, ...rest };
    });
    return new Batch(uploads, rules, hear, items);
  }

  get isBusy() { return this.items.some(({ state }) => BUSY.includes(state)); }
  get isReady() { return this.items.every(({ state }) => state === "done"); }
  get problems() { return this.items.filter(({ state }) => state === "refused" || state === "lost"); }

  get records() { return this.items.map(record); }

  /** What another page of this tab can go on with. */
  get kept() { return this.items.filter(({ state }) => state !== "refused").map(record); }

  add(blobs) {
    const added = blobs.map((blob) => ({ ref: randomHex(8), name: blob.name, size: blob.size, type: blob.type, blob, share: 0, batch: this, ...this.looked(blob) }));
    for (const item of added) {
      const isFull = this.items.filter(({ state }) => state !== "refused").length >= this.rules.most;
      if (!item.problem && isFull) Object.assign(item, { state: "refused", problem: `A message has at most ${this.rules.most} files.` });
      this.items.push(item);
    }
    this.hear(this);
    for (const item of added) if (item.state === "new") this.uploads.add(item);
    return added;
  }

  /** Something that is not there any more, chosen again: it keeps its place. */
  replace(item, blob) {
    Object.assign(item, { name: blob.name, size: blob.size, type: blob.type, blob, ...this.looked(blob) });
    if (item.state === "new") this.uploads.add(item);
    else this.changed(item);
  }

  looked({ size }) {
    const problem = size === 0 ? "This file is empty." : size > this.rules.largest ? `Larger than ${this.rules.words}.` : "";
    return { state: problem ? "refused" : "new", problem };
  }

  remove(item) {
    this.uploads.cancel(item);
    this.items = this.items.filter((other) => other !== item);
    this.hear(this);
  }

  retry(item) {
    this.uploads.add(item);
  }

  clear() {
    for (const item of this.items) this.uploads.cancel(item);
    this.items = [];
  }

  /** Takes out what can go with a message; what cannot stays. */
  handOver(hear = () => {}) {
    const bad = this.problems;
    const good = this.items.filter((item) => !bad.includes(item));
    if (!good.length) return null;
    this.items = bad;
    this.hear(this);
    return new Batch(this.uploads, this.rules, hear, good);
  }

  changed(item) {
    this.hear(this, item);
  }
}

function record({ name, size, type, file = null, until = 0 }) {
  return { name, size, type, file, until };
}

function sentence(words) {
  const text = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
