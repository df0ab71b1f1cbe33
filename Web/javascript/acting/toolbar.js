import { show } from "../dialogs.js";
import { QUICK } from "../lib/emoji.js";
import { icon, make } from "../page.js";
import { possible, press, quickReaction, react } from "./actions.js";

const LONG_PRESS = 500;

/** One toolbar for all messages: it moves to the row under the pointer or with the focus. */
const bar = make("div", { className: "message-tools", role: "toolbar", ariaLabel: "Message actions" });

export function start() {
  document.addEventListener("pointerover", ({ target, pointerType }) => pointerType === "mouse" && attach(row(target)));
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches?.("message-item, message-item *") && matchMedia("(hover: hover)").matches) attach(row(target));
  });
  document.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed);
  longPress();
}

function row(target) {
  return target.closest?.("message-item");
}

function attach(item) {
  if (!item || item.contains(bar) || !possible(item).length || !item.closest("message-list")) return;
  const choices = possible(item).filter(({ quick }) => quick);
  bar.replaceChildren(
    ...QUICK.map((emoji) => button(emoji, `React with ${emoji}`, () => react(item, emoji))),
    ...choices.map((action) => button(icon(action.icon), action.label, () => action.run(item))),
    button(icon("more"), "More", () => sheet(item)));
  // Not a stop on the way of the Tab key: a focused message has keys and a sheet for the same.
  for (const choice of bar.children) choice.tabIndex = -1;
  item.querySelector(".row").append(bar);
}

function button(content, label, onclick) {
  return make("button", { type: "button", className: "icon-button", ariaLabel: label, title: label, onclick }, content);
}

function clicked({ target }) {
  const reaction = target.closest?.(".reaction");
  if (reaction) react(row(reaction), reaction.dataset.emoji);
  const action = target.closest?.(".message-action");
  if (action) press(row(action), action);
}

function pressed(event) {
  const { target, key } = event;
  if (target.localName !== "message-item" || event.ctrlKey || event.metaKey || event.altKey) return;
  const emoji = quickReaction(key);
  const action = possible(target).find((candidate) => candidate.key === key);
  if (emoji && possible(target).length) react(target, emoji);
  else if (action) action.run(target);
  else if (key === "Enter" || key === "ContextMenu") sheet(target);
  else return;
  event.preventDefault();
}

/** The same actions as a sheet: long press, Enter, or "More". */
export function sheet(item) {
  if (!possible(item).length) return;
  const act = (run) => () => {
    dialog.close();
    run();
  };
  const emoji = QUICK.map((one) => button(one, `React with ${one}`, act(() => react(item, one))));
  const rows = possible(item).map(({ icon: name, label, key, run, danger }) =>
    make("button", { type: "button", className: `sheet-row${danger ? " danger-text" : ""}`, onclick: act(() => run(item)) }, icon(name), label, make("kbd", { textContent: key })));
  const dialog = show(make("dialog", { className: "sheet", ariaLabel: `Message of ${item.author}` }, make("div", { className: "sheet-emoji" }, ...emoji), ...rows));
}

function longPress() {
  let timer;
  let isOpen = false;
  const cancel = () => clearTimeout(timer);
  document.addEventListener("touchstart", ({ target, touches }) => {
    cancel();
    isOpen = false;
    const item = row(target);
    if (!item || touches.length > 1 || target.closest("a, button, pre, textarea")) return;
    timer = setTimeout(() => {
      isOpen = true;
      sheet(item);
    }, LONG_PRESS);
  }, { passive: true });
  document.addEventListener("touchend", (event) => {
    cancel();
    if (isOpen) event.preventDefault(); // or the lifted finger would press what has appeared below it
    isOpen = false;
  }, { passive: false });
  for (const end of ["touchmove", "touchcancel"]) document.addEventListener(end, cancel, { passive: true });
  document.addEventListener("contextmenu", (event) => {
    if (row(event.target) && matchMedia("(hover: none)").matches && !event.target.closest("a")) event.preventDefault();
  });
}
