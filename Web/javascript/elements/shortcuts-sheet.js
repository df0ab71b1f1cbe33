import { ACTIONS } from "../acting/actions.js";
import { show } from "../dialogs.js";
import { QUICK } from "../lib/emoji.js";
import { icon, make, me } from "../page.js";

const enter = ["Enter", "Shift Enter"];

const SECTIONS = {
  Moving: { "Ctrl K": "Go to a channel or a person", "Alt ↑ ↓": "Channel above, below", "Alt Shift ↑ ↓": "Unread channel above, below", F6: "Next part of the page", Esc: "Out of whatever is open", "?": "This sheet" },
  Writing: { [enter[me.enterSends ? 0 : 1]]: "Send", [enter[me.enterSends ? 1 : 0]]: "New line", "↑": "Edit your last message (in an empty box)", "@ # :": "Complete a name, a channel, an emoji", "Ctrl B, Ctrl I": "Bold, italic", "Ctrl U": "Attach files" },
  "In the messages": { "↑ ↓": "Message above, below", "Home End": "First, newest", Enter: "All actions", "1 2 3": `React with ${QUICK.join(" ")}`, ...Object.fromEntries(ACTIONS.map(({ key, label }) => [key, label])) },
};

export function openShortcuts() {
  if (document.querySelector(".shortcuts")) return;
  const close = make("button", { type: "button", className: "icon-button", ariaLabel: "Close", onclick: () => dialog.close() }, icon("close"));
  const sections = Object.entries(SECTIONS).flatMap(([title, keys]) => [make("h3", { textContent: title }), make("dl", {}, ...Object.entries(keys).flatMap(row))]);
  const dialog = show(make("dialog", { className: "shortcuts", ariaLabel: "Keyboard shortcuts" }, make("header", {}, make("h2", { textContent: "Keyboard" }), close), ...sections));
}

function row([keys, meaning]) {
  return [make("dt", {}, make("kbd", { textContent: keys })), make("dd", { textContent: meaning })];
}
