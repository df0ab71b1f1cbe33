import { request } from "../http.js";

const RETRY = 3000;

/**
 * After each (re)connect: what was missed, by id, so nothing is lost and nothing shows twice.
 *
 * `after` is the last message up to which nothing is missing. What comes over the socket moves it; the answer to a message
 * of one's own does not, because others may have been posted before it while the line was down.
 */
export class CatchUp {
  constructor(list) {
    this.list = list;
    this.since = list.dataset.now;
    this.after = list.newestId;
    this.isCurrent = false;
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    document.addEventListener("chat:connected", () => this.run(), { signal });
    document.addEventListener("chat:heard", ({ detail }) => this.heard(detail), { signal });
  }

  stop() {
    this.listeners.abort();
    clearTimeout(this.retry);
  }

  heard(message) {
    if (this.isCurrent && message.channel_id === this.list.channelId) this.after = Math.max(this.after, message.id);
  }

  async run() {
    const { list, after } = this;
    const run = (this.latest = Symbol("run"));
    this.isCurrent = false;
    clearTimeout(this.retry);
    try {
      const news = await request("GET", `/channels/${list.channelId}/changes?after=${after}&since=${encodeURIComponent(this.since)}`);
      if (run !== this.latest) return; // the line was cut once more, and a later run asks from the same point
      if (!news.complete) await this.startOver();
      news.messages.concat(news.updated).sort((a, b) => a.id - b.id).forEach((message) => list.arrived(message));
      news.deleted.forEach((id) => list.forget(id));
      this.after = Math.max(after, ...(news.complete ? news.messages.map(({ id }) => id) : list.ids));
      this.since = news.now;
      this.isCurrent = true;
      list.reading?.soon();
    } catch {
      if (run === this.latest) this.retry = setTimeout(() => this.run(), RETRY);
    }
  }

  /** Too much was missed to fetch it piece by piece. Who reads in the past is left in peace. */
  async startOver() {
    if (this.list.threadId) location.reload();
    else if (!this.list.history.after) await this.list.history.newest();
  }
}
