import { Shelf } from "./storage.js";

const MOST = 8;

/** What was looked for in this browser, the last first. Nobody else is told, and signing out forgets it. */
export class RecentSearches {
  constructor(store, owner) {
    this.shelf = new Shelf(store, owner, "search");
  }

  list() {
    try {
      const kept = JSON.parse(this.shelf.get("recent") || "[]");
      return Array.isArray(kept) ? kept.filter((one) => typeof one === "string").slice(0, MOST) : [];
    } catch {
      return [];
    }
  }

  add(query) {
    const text = query.trim();
    if (text.length < 2) return;
    this.shelf.set("recent", JSON.stringify([text, ...this.list().filter((one) => one !== text)].slice(0, MOST)));
  }

  clear() {
    this.shelf.set("recent", "");
  }
}
