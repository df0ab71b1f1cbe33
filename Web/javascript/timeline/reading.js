import { request } from "../http.js";
import { lastVisible } from "./position.js";

const PAUSE = 500;

/** Tells the server how far somebody has plausibly read: what stood on a screen that was looked at. */
export class Reading {
  constructor(list) {
    this.list = list;
    this.upTo = Number(list.dataset.lastRead) || 0;
    /** Messages that are not rows here (replies inside threads) but count as read with the end of the list. */
    this.newest = Number(list.dataset.newest) || 0;
    list.addEventListener("scroll", () => this.soon(), { passive: true });
    document.addEventListener("visibilitychange", () => this.soon());
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.mark(), PAUSE);
  }

  async mark() {
    if (this.paused || "visitor" in this.list.dataset || document.visibilityState !== "visible") return;
    const row = lastVisible(this.list);
    if (!row?.messageId) return;
    const atEnd = row === this.list.rows.at(-1) && !this.list.history.after;
    const upTo = atEnd ? Math.max(row.messageId, this.newest) : row.messageId;
    if (upTo <= this.upTo) return;
    this.upTo = upTo;
    try {
      await request("POST", `/channels/${this.list.channelId}/read`, { up_to_message_id: upTo });
    } catch {
      this.upTo = 0; // said again with the next scroll or reconnect
    }
  }

  /** The reader wants this row and all after it to be new again: nothing is marked until the page is left. */
  async unreadFrom(row) {
    this.paused = true;
    await request("POST", `/channels/${this.list.channelId}/unread`, { from_message_id: row.messageId });
    this.list.placeLine(row);
  }
}
