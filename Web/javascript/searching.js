import { RecentSearches } from "./lib/recent-searches.js";
import { make, me, url } from "./page.js";

export const recent = new RecentSearches(localStorage, me.id);

export function searchPage(query) {
  return url(`/search?q=${encodeURIComponent(query)}`);
}

/** Pieces of a message as the server found them: text, with marks around what was looked for. */
export function marked(pieces) {
  return pieces.map(({ text, match }) => (match ? make("mark", { textContent: text }) : text));
}

export function start() {
  document.addEventListener("submit", (event) => {
    // One that is asked about first comes again.
    if (event.defaultPrevented) return;
    if (event.target.querySelector('[data-command="sign-out"]')) recent.clear();
    else if (event.target.matches(".search-form")) recent.add(event.target.elements.q.value);
  });
}
