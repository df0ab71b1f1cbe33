import { MessageItem } from "../elements/message-item.js";
import { provisional } from "../lib/markdown.js";
import { outbox } from "../outgoing.js";
import { copy, icon, make, me } from "../page.js";
import { toEnd } from "./position.js";

const SLOW = 4000;

/** A message of one's own that the server has not confirmed: greyed, then swapped by its nonce, or kept with a way out. */
export function showPending(list, entry) {
  const row = list.rowByNonce(entry.nonce) ?? added(list, entry);
  if (!row.isPending) return outbox.remove(entry.nonce); // confirmed before the page was loaded
  row.querySelector(".failure")?.remove();
  if (!entry.problem) return;
  row.querySelector(".sending")?.remove();
  row.querySelector(".body").append(failure(row, entry));
}

/** It was something to do and no message: what came of it, for whoever typed it alone. */
export function settle(list, { nonce, content, message: { notice } }) {
  list.rowByNonce(nonce)?.remove();
  const close = () => box.remove();
  const words = make("p", {}, make("code", { className: "soft", textContent: content.split("\n")[0].slice(0, 100) }), `\n${notice}`);
  const box = make("div", { className: "own-notice", role: "status" }, words,
    make("button", { type: "button", className: "icon-button", ariaLabel: "Close", onclick: close }, icon("close")));
  list.box.append(box);
  toEnd(list);
}

function added(list, entry) {
  const row = MessageItem.from({
    id: null, nonce: entry.nonce, user: me, html: provisional(entry.content), created_at: new Date().toISOString(),
    reply_to: entry.quote, reactions: [], message_type: "chat",
  }, list.idPrefix);
  row.classList.add("pending");
  list.place(row);
  toEnd(list);
  setTimeout(() => saySlow(row), SLOW);
  return row;
}

function saySlow(row) {
  if (!row.isPending || row.querySelector(".failure")) return;
  row.querySelector(".byline").append(make("span", { className: "at sending", textContent: "sending…" }));
}

function failure(row, { nonce, content, problem, state }) {
  const box = make("p", { className: "failure", role: "status" }, make("span", { textContent: problem }));
  const button = (textContent, onclick) => box.append(make("button", { type: "button", textContent, onclick }));
  if (state !== "limited") button("Retry", () => outbox.retry(nonce));
  button("Copy", () => copy(content));
  button("Discard", () => {
    outbox.remove(nonce);
    row.remove();
  });
  return box;
}
