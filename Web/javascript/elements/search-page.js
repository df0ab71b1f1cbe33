import { announce } from "../announcer.js";
import { directory } from "../directory.js";
import { rank } from "../lib/matching.js";
import { completed, filterAt, suggestions } from "../lib/search-words.js";
import { make } from "../page.js";
import { recent, searchPage } from "../searching.js";

/** Adds to the search page what it does without: filters that are completed, arrows through the hits, recent searches. */
class SearchPage extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("#q");
    this.box = make("div", { className: "completion", role: "listbox", id: "search-completion", ariaLabel: "Suggestions", hidden: true });
    this.field.form.append(this.box);
    this.field.setAttribute("role", "combobox");
    this.field.setAttribute("aria-autocomplete", "list");
    this.field.setAttribute("aria-expanded", "false");
    this.field.setAttribute("aria-controls", this.box.id);
    this.field.addEventListener("input", () => this.suggest());
    this.field.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.box.addEventListener("pointerdown", (event) => event.preventDefault());
    this.box.addEventListener("click", ({ target }) => this.take(this.found[Number(target.closest(".option")?.dataset.index)]));
    this.addEventListener("keydown", (event) => this.pressed(event));
    this.querySelector("[data-filters]").addEventListener("submit", ({ target }) => { target.elements.q.value = this.field.value; });
    if (!this.field.value) this.showRecent();
  }

  get hits() {
    return Array.from(this.querySelectorAll(".row-item a, .hit a"));
  }

  pressed(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === this.field && !this.box.hidden && this.pressedInList(event.key)) return event.preventDefault();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = this.hits.indexOf(event.target);
    if (!step || (at < 0 && event.target !== this.field)) return;
    const next = at + step < 0 ? this.field : this.hits[at + step];
    if (!next) return;
    next.focus();
    event.preventDefault();
  }

  /** Whether the key was for the list. */
  pressedInList(key) {
    if (key === "ArrowDown") this.choose(this.index + 1);
    else if (key === "ArrowUp") this.choose(this.index < 0 ? -1 : this.index - 1);
    else if (key === "Escape") this.close();
    else if ((key === "Enter" || key === "Tab") && this.index >= 0 && !this.isWritten) this.take(this.found[this.index]);
    else return false;
    return true;
  }

  /** It stands there in full already: Enter is meant for the search. */
  get isWritten() {
    return this.word.query.toLowerCase() === this.found[this.index].text.toLowerCase();
  }

  async suggest() {
    const word = filterAt(this.field.value, this.field.selectionStart);
    this.word = word;
    if (!word) return this.close();
    const found = suggestions(word, await directory(), rank);
    if (this.word !== word) return;
    this.found = found.slice(0, 8);
    if (!found.length) return this.close();
    this.box.replaceChildren(...this.found.map(option));
    this.box.hidden = false;
    this.field.setAttribute("aria-expanded", "true");
    // A word that only might become a filter is left alone until somebody chooses.
    this.choose(word.key ? 0 : -1);
    announce(`${this.found.length} suggestions. ${this.found[0].label}`, { always: true });
  }

  choose(index) {
    this.index = index < 0 ? (index < -1 ? this.found.length - 1 : -1) : index % this.found.length;
    Array.from(this.box.children).forEach((row, at) => { row.ariaSelected = String(at === this.index); });
    if (this.index < 0) return this.field.removeAttribute("aria-activedescendant");
    this.box.children[this.index].scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", this.box.children[this.index].id);
  }

  take(entry) {
    if (!entry) return;
    const { text, caret } = completed(this.field.value, this.word, entry);
    this.field.value = text;
    this.field.setSelectionRange(caret, caret);
    this.close();
    if (entry.isOpen) this.suggest();
  }

  close() {
    this.word = null;
    this.box.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
  }

  showRecent() {
    const searches = recent.list();
    if (!searches.length) return;
    const forget = make("button", { type: "button", className: "button quiet", textContent: "Forget them", onclick: () => { recent.clear(); section.remove(); this.field.focus(); } });
    const section = make("section", { "aria-labelledby": "recent-heading" },
      make("div", { className: "hits-head" }, make("h2", { id: "recent-heading", textContent: "Recent searches" }), forget),
      make("ul", { className: "rows" }, ...searches.map((query) => make("li", { className: "row-item" }, make("div", {}, make("a", { href: searchPage(query), textContent: query }))))));
    this.querySelector(".search-filters").after(section);
  }
}

function option({ label, detail }, index) {
  return make("div", { className: "option", role: "option", id: `search-option-${index}`, data: { index }, ariaSelected: "false" },
    make("span", { textContent: label }), make("span", { className: "soft", textContent: detail ?? "" }));
}

customElements.define("search-page", SearchPage);
