import { outbox } from "../outgoing.js";
import { me } from "../page.js";
import { announce } from "../announcer.js";
import { arrange } from "../lib/grouping.js";
import { summary } from "../lib/files.js";
import { dayTitle } from "../lib/time.js";
import { CatchUp } from "../timeline/catch-up.js";
import { History } from "../timeline/history.js";
import { holding, isNearEnd, reveal, toEnd } from "../timeline/position.js";
import { settle, showPending } from "../timeline/pending.js";
import { Reading } from "../timeline/reading.js";
import { roam } from "../timeline/roaming.js";
import { MessageItem } from "./message-item.js";

/** The messages of a channel, or of a thread (`data-thread-id`), kept in step with the server. */
class MessageList extends HTMLElement {
  connectedCallback() {
    this.box = this.querySelector(".messages");
    // They keep their place until the next change, so that nothing moves when the script takes over.
    this.box.querySelectorAll(".older").forEach((link) => link.classList.add("spent"));
    this.channelId = Number(this.dataset.channelId);
    this.threadId = Number(this.dataset.threadId) || null;
    this.idPrefix = this.threadId ? "thread-message" : "message";
    this.history = new History(this);
    if (!this.threadId) this.reading = new Reading(this);
    this.catchUp = new CatchUp(this);
    this.listeners = new AbortController();
    const on = (name, hear) => document.addEventListener(name, hear, { signal: this.listeners.signal });
    on("chat:message", ({ detail }) => this.arrived(detail));
    on("chat:deleted", ({ detail }) => this.forget(detail.message_id));
    on("chat:outbox", ({ detail }) => this.outgoing(detail));
    this.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.jump = this.parentElement.querySelector(":scope > .jump");
    this.jump?.addEventListener("click", () => this.toNewest());
    this.arrivals = 0;
    roam(this);
    this.arrange();
    this.open();
    outbox.entries.forEach((entry) => this.outgoing(entry));
  }

  disconnectedCallback() {
    this.listeners.abort();
    clearTimeout(this.whole);
    this.catchUp.stop();
  }

  get rows() { return Array.from(this.box.querySelectorAll(":scope > message-item")); }
  get ids() { return this.rows.map((row) => row.messageId).filter(Boolean); }
  get newestId() { return this.history.after ? Math.max(this.reading?.newest ?? 0, ...this.ids) : Math.max(0, ...this.ids); }

  row(id) { return this.box.querySelector(`:scope > message-item[data-id="${id}"]`); }
  rowByNonce(nonce) { return this.box.querySelector(`:scope > message-item[data-nonce="${CSS.escape(nonce)}"]`); }

  /** Where to begin: the message of a link, the first unread, or the end. */
  open() {
    const target = this.dataset.target && this.row(this.dataset.target);
    const line = this.rows.find((row) => row.isFirstNew);
    if (target) this.find(target);
    else if (line) reveal(this, line);
    else toEnd(this);
    this.reading?.soon();
    this.scrolled();
  }

  /** A message of this place, new or changed. */
  arrived(message) {
    if (message.channel_id !== this.channelId) return;
    if (this.reading && message.thread_id) this.reading.newest = Math.max(this.reading.newest, message.id);
    const known = this.row(message.id) ?? (message.user.id === me.id && message.nonce && this.rowByNonce(message.nonce));
    if (known) return this.confirm(known, message);
    if ((message.thread_id ?? null) !== this.threadId || message.id < (this.ids[0] ?? 0)) return;
    if (this.history.after) return this.count();
    const away = document.visibilityState !== "visible" || !isNearEnd(this);
    holding(this, () => {
      const row = MessageItem.from(message, this.idPrefix);
      this.place(row);
      if (away && message.user.id !== me.id) this.lineFor(row);
    });
    if (message.user.bot_type === "ai") this.sayWhole(message);
    else if (message.user.id !== me.id) this.say(message);
    this.reading?.soon();
    this.scrolled();
  }

  confirm(row, message) {
    const before = row.text;
    holding(this, () => {
      row.update(message, this.idPrefix);
      this.place(row);
    });
    if (message.user.bot_type === "ai" && row.text !== before) this.sayWhole(message);
  }

  /** An answer that grows is read out once it has stopped growing. */
  sayWhole(message) {
    clearTimeout(this.whole);
    this.whole = setTimeout(() => this.say(message), 1200);
  }

  /** Rows lie in the order of their ids; what is not confirmed yet stands at the end. */
  place(row) {
    const later = row.messageId ? this.rows.find((other) => other !== row && (other.isPending || other.messageId > row.messageId)) : null;
    if (!row.isConnected || row.nextElementSibling !== (later ?? null)) this.box.insertBefore(row, later ?? null);
    this.arrange(row);
  }

  forget(id) {
    const row = this.row(id);
    if (!row || row.isErased) return;
    const holdsThread = this.threadId ? id === this.threadId && this.ids.length > 1 : row.querySelector(".thread-link");
    holding(this, () => {
      if (holdsThread) {
        row.erase();
        return this.arrange(row);
      }
      const next = row.nextElementSibling;
      if (row.isFirstNew && next instanceof MessageItem) next.isFirstNew = true;
      row.remove();
      if (next instanceof MessageItem) this.arrange(next);
    });
    for (const quote of this.box.querySelectorAll(`.quote[data-message-id="${id}"]`)) quote.lastElementChild.textContent = "Deleted message";
  }

  prependAll(messages) {
    const first = this.rows[0];
    const fresh = messages.filter((message) => !this.row(message.id)).map((message) => MessageItem.from(message, this.idPrefix));
    if (first) first.before(...fresh);
    else this.box.append(...fresh);
    this.querySelector(".beginning")?.remove();
    this.arrange();
  }

  appendAll(messages) {
    messages.filter((message) => !this.row(message.id)).forEach((message) => this.box.append(MessageItem.from(message, this.idPrefix)));
    this.arrange();
  }

  replaceAll(messages) {
    this.rows.filter((row) => !row.isPending).forEach((row) => row.remove());
    this.prependAll(messages);
  }

  /** Days and runs of one author: for one row and the one after it, or for all. */
  arrange(row) {
    const { rows } = this;
    const from = row ? rows.indexOf(row) : 0;
    const now = new Date();
    if (rows.length && !this.box.contains(document.activeElement)) this.current = rows.at(-1);
    for (let index = from; index < (row ? Math.min(from + 2, rows.length) : rows.length); index += 1) {
      const standing = rows[index].standing;
      rows[index].group(arrange(rows[index - 1]?.standing, standing), dayTitle(new Date(standing.at), now));
    }
  }

  /** The "new" line goes above the first message that came while nobody looked, and stays there. */
  lineFor(row) {
    const line = this.rows.find((other) => other.isFirstNew);
    if (!line || line.messageId <= (this.reading?.upTo ?? 0)) this.placeLine(row);
    this.arrivals += 1;
  }

  /** Something came below a part of the history that is being read. */
  count() {
    this.arrivals += 1;
    this.scrolled();
  }

  placeLine(row) {
    for (const other of this.rows) other.isFirstNew = other === row;
    this.arrange();
  }

  scrolled() {
    const atEnd = isNearEnd(this) && !this.history.after;
    if (atEnd) this.arrivals = 0;
    if (!this.jump) return;
    this.jump.hidden = atEnd;
    const words = this.arrivals === 1 ? "1 new message" : this.arrivals ? `${this.arrivals} new messages` : "Newest";
    this.jump.firstElementChild.textContent = words;
  }

  async toNewest() {
    if (this.history.after) await this.history.newest();
    toEnd(this);
    this.arrivals = 0;
    this.scrolled();
  }

  find(row) {
    reveal(this, row);
    row.classList.remove("found");
    requestAnimationFrame(() => row.classList.add("found"));
    this.current = row;
  }

  outgoing(entry) {
    if (entry.channelId !== this.channelId || (entry.threadId ?? null) !== this.threadId) return;
    if (entry.state === "dropped") return this.rowByNonce(entry.nonce)?.remove();
    if (entry.state === "sent") return entry.message.notice ? settle(this, entry) : this.arrived(entry.message);
    showPending(this, entry);
  }

  say(message) {
    if (me.isQuiet) return;
    const text = new DOMParser().parseFromString(message.html, "text/html").body.textContent.trim();
    announce(`${message.user.display_name}: ${[text.slice(0, 200), summary(message.files)].filter(Boolean).join(" – ")}`);
  }
}

customElements.define("message-list", MessageList);
