import { clock, dateTitle, exact, relative } from "../lib/time.js";

/** A moment in the reader's own words: "clock" in a conversation, "date" in lists, "relative" where it ages. */
class RelativeTime extends HTMLElement {
  static observedAttributes = ["datetime"];

  connectedCallback() {
    if (this.getAttribute("format") === "relative") this.timer = setInterval(() => this.show(), 60_000);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  attributeChangedCallback() {
    this.show();
  }

  show() {
    const date = new Date(this.getAttribute("datetime"));
    if (Number.isNaN(date.valueOf())) return;
    const format = this.getAttribute("format");
    if (format === "clock") this.textContent = clock(date);
    else if (format === "date") this.textContent = dateTitle(date, new Date());
    else this.textContent = relative(date, new Date());
    const link = this.closest("[data-exact]");
    if (link) link.dataset.exact = exact(date);
    else this.title = exact(date);
  }
}

customElements.define("relative-time", RelativeTime);
