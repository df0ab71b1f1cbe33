import { request } from "../http.js";
import { holding, toEnd } from "./position.js";

const PAGE = 50;
const MOST = 400;
const EARLY = 800;

/** Loads what lies beyond either end of a list as the reader comes near, and drops what is far away. */
export class History {
  constructor(list) {
    this.list = list;
    this.before = "hasBefore" in list.dataset;
    this.after = "hasAfter" in list.dataset;
    list.addEventListener("scroll", () => this.look(), { passive: true });
  }

  get edges() {
    const { scrollTop, scrollHeight, clientHeight } = this.list;
    return { above: scrollHeight - clientHeight + scrollTop, below: -scrollTop };
  }

  async look() {
    if (this.loading) return;
    const { above, below } = this.edges;
    if (this.before && above < EARLY) await this.load("before", this.list.ids.at(0));
    else if (this.after && below < EARLY) await this.load("after", this.list.ids.at(-1));
  }

  async load(side, id) {
    this.loading = true;
    try {
      const page = await this.fetch(`${side}=${id}`);
      // At the lower end of a part of the history "near the end" is not the end: never follow while more is below.
      holding(this.list, () => {
        this.dropLinks();
        if (side === "before") this.list.prependAll(page.messages);
        else this.list.appendAll(page.messages);
        if (side === "before") this.before = page.has_more_before;
        else this.after = page.has_more_after;
        this.trim(side);
      }, { follow: false });
    } catch {
      // Scrolling again asks again; the banner says what is wrong with the connection.
    } finally {
      this.loading = false;
    }
  }

  /** Those of the page without scripts. */
  dropLinks() {
    for (const link of this.list.querySelectorAll(".older")) link.remove();
  }

  trim(side) {
    const { rows } = this.list;
    const extra = rows.length - MOST;
    if (extra <= 0) return;
    if (side === "before") this.after = true;
    else this.before = true;
    for (const row of side === "before" ? rows.slice(-extra) : rows.slice(0, extra)) row.remove();
    this.list.arrange();
  }

  /** The newest page instead of what is shown. */
  async newest() {
    const page = await this.fetch("");
    this.dropLinks();
    this.list.replaceAll(page.messages);
    this.before = page.has_more_before;
    this.after = false;
    toEnd(this.list);
  }

  fetch(range) {
    return request("GET", `/channels/${this.list.channelId}/messages?limit=${PAGE}&${range}`);
  }
}
