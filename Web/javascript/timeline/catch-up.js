import { request } from "../http.js";

/** After each (re)connect: what was missed, by id, so nothing is lost and nothing shows twice. */
export class CatchUp {
  constructor(list) {
    this.list = list;
    this.since = list.dataset.now;
    this.onConnected = () => this.run();
    document.addEventListener("chat:connected", this.onConnected);
  }

  stop() {
    document.removeEventListener("chat:connected", this.onConnected);
  }

  async run() {
    const { list } = this;
    const after = list.newestId;
    try {
      const news = await request("GET", `/channels/${list.channelId}/changes?after=${after}&since=${encodeURIComponent(this.since)}`);
      if (!news.complete) return this.startOver();
      news.messages.concat(news.updated).sort((a, b) => a.id - b.id).forEach((message) => list.arrived(message));
      news.deleted.forEach((id) => list.forget(id));
      this.since = news.now;
      list.reading?.soon();
    } catch {
      // The next connect tries again from the same point.
    }
  }

  /** Too much was missed to fetch it piece by piece. Who reads in the past is left in peace. */
  startOver() {
    if (this.list.threadId) location.reload();
    else if (!this.list.history.after) return this.list.history.newest();
  }
}
