/** localStorage without a browser. */
export class Store {
  #values = new Map();

  get length() { return this.#values.size; }
  key(index) { return Array.from(this.#values.keys())[index] ?? null; }
  getItem(key) { return this.#values.get(key) ?? null; }
  setItem(key, value) { this.#values.set(key, String(value)); }
  removeItem(key) { this.#values.delete(key); }
}

/** Timers that run when told to. */
export class Timers {
  due = new Map();
  next = 1;

  setTimeout = (run, wait) => {
    this.due.set(this.next, { run, wait });
    return this.next++;
  };

  clearTimeout = (id) => { this.due.delete(id); };

  /** Runs what waits for `wait` milliseconds or less. */
  async pass(wait) {
    for (const [id, entry] of Array.from(this.due)) {
      if (entry.wait > wait) continue;
      this.due.delete(id);
      await entry.run();
    }
  }
}
