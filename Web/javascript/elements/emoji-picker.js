import { show } from "../dialogs.js";
import { grouped, searchEmoji } from "../lib/emoji.js";
import { assets, make } from "../page.js";

export { searchEmoji };

let list;

export function emojiList() {
  list ??= fetch(`${assets}/generated/emoji.json`).then((response) => response.json());
  return list;
}

/** Asks for an emoji; nothing if the reader thinks better of it. */
export async function pickEmoji() {
  const all = await emojiList();
  return new Promise((resolve) => {
    const grid = make("div", { className: "emoji-grid" });
    const search = make("input", { type: "search", placeholder: "Search emoji", ariaLabel: "Search emoji", autofocus: true });
    const dialog = show(make("dialog", { className: "picker", ariaLabel: "Choose an emoji" }, search, grid));
    const fill = () => grid.replaceChildren(...(search.value ? buttons(searchEmoji(all, search.value)) : sections(all)));
    search.addEventListener("input", fill);
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      dialog.close(grid.querySelector("button")?.dataset.emoji ?? "");
    });
    grid.addEventListener("click", ({ target }) => target.dataset.emoji && dialog.close(target.dataset.emoji));
    grid.addEventListener("keydown", (event) => move(event));
    dialog.addEventListener("close", () => resolve(dialog.returnValue));
    fill();
  });
}

function buttons(list) {
  return list.map(([emoji, name]) => make("button", { type: "button", textContent: emoji, title: name, ariaLabel: name, data: { emoji } }));
}

function sections(all) {
  return Array.from(grouped(all)).flatMap(([group, list]) => [make("h3", { textContent: group }), ...buttons(list)]);
}

function move(event) {
  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  const all = Array.from(event.currentTarget.querySelectorAll("button"));
  const columns = all.findIndex((button) => button.offsetTop > all[0].offsetTop);
  const step = steps[event.key] ?? { ArrowDown: columns, ArrowUp: -columns }[event.key];
  if (!step) return;
  event.preventDefault();
  all[all.indexOf(event.target) + step]?.focus();
}
