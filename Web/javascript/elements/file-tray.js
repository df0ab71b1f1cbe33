import { announce } from "../announcer.js";
import { request } from "../http.js";
import { sizeWords, typesWords } from "../lib/files.js";
import { Batch, Uploads } from "../lib/uploads.js";
import { drafts, here, icon, make, tell } from "../page.js";
import { transfer } from "../writing/transfer.js";

/** The files that wait above a box or in a message that waits for them: what they are, how far they are, and what can be done. */
const uploads = new Uploads({ send: transfer, withdraw: ({ id }) => request("DELETE", `/files/${id}`).catch(() => {}) });
const trays = new Map();
const sent = new Map();

document.addEventListener("chat:connected", () => uploads.resume());
addEventListener("online", () => uploads.resume());
addEventListener("beforeunload", (event) => uploads.isBusy && event.preventDefault());

/** The tray of a box, the same one whenever its channel or thread is opened again on this page. */
export function trayOf(key, rules) {
  if (!trays.has(key)) trays.set(key, new Tray(key, inWords(rules)));
  return trays.get(key);
}

/**
 * The files of a message that waits for them. What an earlier page did not finish has to be chosen again.
 * Nothing, where another tab is at it.
 */
export async function trayOfMessage({ batch, files }, rules) {
  if (!sent.has(batch) && (await isElsewhere(batch))) return undefined;
  if (!sent.has(batch)) sent.set(batch, new SentTray(batch, inWords(rules), files));
  return sent.get(batch);
}

function inWords({ largest, most, types }) {
  return { largest, most, words: sizeWords(largest), kinds: typesWords(types) };
}

const tabs = new BroadcastChannel("homechat-uploads");
const heardOf = new Set();

tabs.onmessage = ({ data: { asked, has } }) => {
  if (sent.get(asked)?.batch.isBusy) tabs.postMessage({ has: asked });
  if (has) heardOf.add(has);
};

function isElsewhere(batch) {
  tabs.postMessage({ asked: batch });
  return new Promise((resolve) => { setTimeout(() => resolve(heardOf.has(batch)), 500); });
}

/** Chips for the items of a batch, brought up to date one by one. */
class Chips {
  constructor() {
    this.element = make("ul", { className: "tray", ariaLabel: "Files to send", hidden: true });
    this.chips = new Map();
  }

  show(batch, item) {
    if (item) return this.chips.get(item)?.show();
    for (const [known, chip] of this.chips) {
      if (batch.items.includes(known)) continue;
      chip.leave();
      this.chips.delete(known);
    }
    for (const known of batch.items) {
      if (!this.chips.has(known)) this.chips.set(known, new Chip(known));
      this.element.append(this.chips.get(known).element);
    }
    this.element.hidden = !batch.items.length;
  }
}

class Tray {
  constructor(key, rules) {
    this.key = key;
    this.view = new Chips();
    this.element = this.view.element;
    const hear = (batch, item) => this.heard(batch, item);
    this.batch = Batch.restored(uploads, rules, hear, drafts.files(key));
    this.view.show(this.batch);
  }

  add(files) {
    const added = this.batch.add(files);
    const going = added.filter(({ state }) => state !== "refused");
    const words = [going.length && `Uploading ${count(going)}.`, ...added.filter((item) => !going.includes(item)).map(problemOf)];
    announce(words.filter(Boolean).join(" "), { always: true });
  }

  handOver() {
    const batch = this.batch.handOver();
    if (!batch) return undefined;
    if (!batch.isReady) sent.set(batch.id, new SentTray(batch.id, batch.rules, batch));
    return { batch: batch.id, files: batch.records };
  }

  heard(batch, item) {
    this.view.show(batch, item);
    if (isProgress(item)) return;
    drafts.setFiles(this.key, batch.kept);
    if (!item) tell("chat:draft");
    say(batch, item);
  }
}

class SentTray {
  /** `files`: the batch itself, or what was kept of it. */
  constructor(id, rules, files) {
    this.view = new Chips();
    this.element = this.view.element;
    const hear = (batch, item) => this.heard(batch, item);
    this.batch = files instanceof Batch ? files : Batch.restored(uploads, rules, hear, files);
    Object.assign(this.batch, { id, hear });
    for (const item of this.batch.items) item.batch = this.batch;
    this.view.show(this.batch);
    if (!(files instanceof Batch)) this.report();
  }

  heard(batch, item) {
    this.view.show(batch, item);
    if (isProgress(item)) return;
    say(batch, item);
    this.report();
  }

  /** Whoever keeps the message is told what is there and what is not. */
  report() {
    const { id: batch, records: files, problems } = this.batch;
    const problem = problems.length ? `Not sent: ${problems.length === 1 ? `“${problems[0].name}” is` : `${problems.length} files are`} missing.` : "";
    tell("chat:uploads", { batch, files, problem });
    if (this.batch.isReady) sent.delete(batch);
  }

  discard() {
    this.batch.clear();
    sent.delete(this.batch.id);
  }
}

function isProgress(item) {
  return item?.state === "running" && item.share > 0;
}

/** What went wrong at once, what went well in the end: then with all that did not. */
function say(batch, item) {
  if (!["done", "refused", "stuck"].includes(item?.state)) return;
  if (batch.isBusy && item.state !== "done") announce(problemOf(item), { always: true });
  if (batch.isBusy) return;
  const done = batch.items.filter(({ state }) => state === "done");
  announce([done.length && `Uploaded ${count(done)}.`, ...batch.problems.map(problemOf)].filter(Boolean).join(" "), { always: true });
}

function problemOf({ name, problem }) {
  return `${name}: ${problem}`;
}

function count({ length }) {
  return length === 1 ? "1 file" : `${length} files`;
}

class Chip {
  constructor(item) {
    this.item = item;
    this.name = make("span", { className: "chip-name" });
    this.words = make("span", { className: "chip-state" });
    this.bar = make("progress", { max: 1 });
    this.again = make("button", { type: "button", className: "icon-button", onclick: () => item.batch.retry(item) }, icon("retry"));
    this.choose = make("button", { type: "button", className: "button quiet", textContent: "Choose", onclick: () => this.chosen() });
    this.gone = make("button", { type: "button", className: "icon-button", onclick: () => this.remove() }, icon("close"));
    const words = make("span", { className: "chip-words" }, this.name, this.words, this.bar);
    this.element = make("li", { className: "chip" }, this.picture(), words, this.choose, this.again, this.gone);
    this.show();
  }

  picture() {
    const { blob, file, type } = this.item;
    if (blob && /^image\/(png|jpeg|gif|webp)$/.test(type)) this.address = URL.createObjectURL(blob);
    const source = this.address ?? (file?.thumbnail_url && here(file.thumbnail_url));
    return source ? make("img", { className: "chip-picture", src: source, alt: "", width: 40, height: 40 }) : make("span", { className: "chip-picture" }, icon("file"));
  }

  show() {
    const { name, size, state, share, problem, canRetry } = this.item;
    this.element.dataset.state = state;
    this.name.textContent = name;
    this.name.title = name;
    const amount = sizeWords(size);
    const steps = { running: `${Math.round(share * 100)} % of ${amount}`, waiting: `${amount}, waits`, done: amount };
    this.words.textContent = problem || steps[state] || amount;
    this.bar.hidden = !["running", "waiting"].includes(state);
    this.bar.value = share;
    this.bar.ariaLabel = `Upload of ${name}`;
    this.again.hidden = !(["stuck", "limited"].includes(state) || canRetry);
    this.again.ariaLabel = `Try ${name} again`;
    this.choose.hidden = state !== "lost";
    this.choose.ariaLabel = `Choose ${name} again`;
    this.gone.ariaLabel = `${this.bar.hidden ? "Remove" : "Cancel"} ${name}`;
  }

  chosen() {
    const input = make("input", { type: "file" });
    input.addEventListener("change", () => {
      if (!input.files.length) return;
      this.item.batch.replace(this.item, input.files[0]);
      const old = this.element.querySelector(".chip-picture");
      old.replaceWith(this.picture());
      this.gone.focus();
    });
    input.click();
  }

  /** The focus goes on to the next one, or back to the box. */
  remove() {
    const { element, item } = this;
    const next = element.nextElementSibling ?? element.previousElementSibling;
    const field = element.closest("form")?.querySelector("textarea");
    item.batch.remove(item);
    (next?.querySelector(".icon-button:last-child") ?? field)?.focus();
  }

  leave() {
    this.element.remove();
    if (this.address) URL.revokeObjectURL(this.address);
  }
}
