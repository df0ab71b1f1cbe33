import { Shelf } from "./storage.js";

/** What was typed and not sent, by the place where it was typed. */
export class Drafts {
  constructor(store, owner) {
    this.shelf = new Shelf(store, owner, "draft");
  }

  static key(channelId, threadId) {
    return threadId ? `${channelId}/${threadId}` : String(channelId);
  }

  get(key) {
    return this.shelf.get(key);
  }

  set(key, text) {
    return this.shelf.set(key, text.trim() ? text : "");
  }

  /** Channels in which something waits, threads included. */
  channels() {
    return new Set(this.shelf.keys().map((key) => Number(key.split("/")[0])));
  }
}
