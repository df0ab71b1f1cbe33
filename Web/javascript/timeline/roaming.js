import { isNearEnd } from "./position.js";

/** One tab stop for the whole list; arrows, Home and End move inside it. */
export function roam(list) {
  Object.defineProperty(list, "current", { get: () => list.stop, set: (row) => stopAt(list, row) });
  list.addEventListener("focusin", ({ target }) => {
    const row = target.closest("message-item");
    if (row) list.current = row;
  });
  list.addEventListener("keydown", (event) => {
    if (!(event.target.localName === "message-item") || event.altKey || event.ctrlKey || event.metaKey) return;
    const next = step(list, event.target, event.key);
    if (!next) return;
    event.preventDefault();
    focus(list, next);
    if (event.key === "End") list.toNewest();
  });
}

export function focus(list, row) {
  list.current = row;
  row.ariaLabel = `${row.author}, ${row.querySelector(".at").textContent}. ${row.allWords.slice(0, 300)}`;
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: isNearEnd(list) && row === list.rows.at(-1) ? "end" : "nearest" });
}

function step(list, row, key) {
  const { rows } = list;
  const index = rows.indexOf(row);
  return { ArrowUp: rows[index - 1], ArrowDown: rows[index + 1], Home: rows[0], End: rows.at(-1) }[key];
}

function stopAt(list, row) {
  if (list.stop) list.stop.tabIndex = -1;
  list.stop = row;
  row.tabIndex = 0;
}
