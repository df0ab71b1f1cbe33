import { Shelf } from "./storage.js";

const MOST = 8;

/** Whether it is worth asking for. Which letters are enough alone, the server knows: none of ASCII's is. */
export function mayBeEnough(query) {
  return query.length >= 2 || query > "\x7f";
}

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
    if (!mayBeEnough(text)) return;
    this.shelf.set("recent", JSON.stringify([text, ...this.list().filter((one) => one !== text)].slice(0, MOST)));
  }

  clear() {
    this.shelf.set("recent", "");
  }
}
