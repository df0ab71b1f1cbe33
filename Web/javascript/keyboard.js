import { openShortcuts } from "./elements/shortcuts-sheet.js";
import { openSwitcher } from "./elements/quick-switcher.js";
import { focus } from "./timeline/roaming.js";

/** The keys that work anywhere on the page. */
export function start() {
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", (event) => {
    const command = event.target.closest("[data-command]")?.dataset.command;
    const run = { switcher: openSwitcher, shortcuts: openShortcuts }[command];
    if (!run || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    run();
  });
}

function pressed(event) {
  const { key, altKey, shiftKey, target } = event;
  const writing = target.matches?.("input, textarea, select");
  const control = event.ctrlKey || event.metaKey;
  if (control && key.toLowerCase() === "k") openSwitcher();
  else if ((control && key === "/") || (key === "?" && !writing)) openShortcuts();
  else if (altKey && (key === "ArrowUp" || key === "ArrowDown")) travel(key === "ArrowDown" ? 1 : -1, shiftKey);
  else if (key === "F6") region(shiftKey ? -1 : 1);
  else if (key === "End" && !writing) document.querySelector("message-list")?.toNewest();
  else if (key === "Escape") leave(target);
  else if (!writing && !control && !altKey && key.length === 1 && key !== " " && target === document.body) document.querySelector("main message-composer textarea")?.focus();
  else return;
  if (key !== "Escape" && (key.length > 1 || control || key === "?")) event.preventDefault();
}

function travel(step, unreadOnly) {
  const rows = Array.from(document.querySelectorAll(".sidebar-row"));
  const here = rows.findIndex((row) => row.hasAttribute("aria-current"));
  for (let steps = 1; steps <= rows.length; steps += 1) {
    const row = rows[(here + step * steps + rows.length * 2) % rows.length];
    if (!unreadOnly || row.classList.contains("unread")) return row.click();
  }
}

function region(step) {
  const parts = [
    visible(".sidebar-row[aria-current]") ?? visible(".sidebar-row"),
    visible("main .bar a, main .bar summary"),
    document.querySelector("main message-list")?.current,
    visible("main message-composer textarea, main .page-body :is(a, button, input:not([type=hidden]))"),
    visible("side-panel:not([hidden]) :is(textarea, a, button)"),
  ].filter(Boolean);
  const holders = parts.map((part) => part.closest("channel-sidebar, header, message-list, message-composer, side-panel, main"));
  const at = holders.findLastIndex((holder) => holder.contains(document.activeElement));
  const next = parts[(at + step + parts.length) % parts.length];
  if (next.localName === "message-item") focus(next.closest("message-list"), next);
  else next.focus();
}

function visible(selector) {
  return Array.from(document.querySelectorAll(selector)).find((element) => element.checkVisibility?.() ?? true);
}

/** Esc from anywhere leads back to the box. */
function leave(target) {
  const menu = target.closest?.(".menu[open]") ?? document.querySelector(".menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (target.closest?.("message-item")) document.querySelector("main message-composer textarea")?.focus();
}
