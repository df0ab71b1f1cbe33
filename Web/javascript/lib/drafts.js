import { Shelf } from "./storage.js";

/** What was typed and not sent, by the place where it was typed. */
export class Drafts {
  /** `tabStore`: for the files, which one tab uploads. */
  constructor(store, owner, tabStore = store) {
    this.shelf = new Shelf(store, owner, "draft");
    this.fileShelf = new Shelf(tabStore, owner, "files");
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

  files(key) {
    return JSON.parse(this.fileShelf.get(key) || "[]");
  }

  setFiles(key, records) {
    return this.fileShelf.set(key, records.length ? JSON.stringify(records) : "");
  }

  /** Channels in which something waits, threads included. */
  channels() {
    return new Set([...this.shelf.keys(), ...this.fileShelf.keys()].map((key) => Number(key.split("/")[0])));
  }
}
