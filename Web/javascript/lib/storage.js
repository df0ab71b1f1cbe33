/** Small things kept in this browser, apart for each person who uses it. `store` is localStorage or a stand-in. */
export class Shelf {
  constructor(store, owner, name) {
    this.store = store;
    this.prefix = `homechat:${owner}:${name}:`;
  }

  get(key) {
    return this.store.getItem(this.prefix + key) ?? "";
  }

  /** An empty value takes the key away. A full or forbidden store loses the copy, never the text on the screen. */
  set(key, value) {
    try {
      if (value) this.store.setItem(this.prefix + key, value);
      else this.store.removeItem(this.prefix + key);
    } catch {
      return false;
    }
    return true;
  }

  keys() {
    const all = Array.from({ length: this.store.length }, (_, index) => this.store.key(index));
    return all.filter((key) => key.startsWith(this.prefix)).map((key) => key.slice(this.prefix.length));
  }
}
