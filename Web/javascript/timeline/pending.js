import { MessageItem } from "../elements/message-item.js";
import { request } from "../http.js";
import { load } from "../lazy.js";
import { provisional } from "../lib/markdown.js";
import { outbox } from "../outgoing.js";
import { copy, icon, make, me } from "../page.js";
import { rulesOf } from "../writing/attaching.js";
import { holding, toEnd } from "./position.js";

const SLOW = 4000;

/** A message of one's own that the server has not confirmed: greyed, then swapped by its nonce, or kept with a way out. */
export function showPending(list, entry) {
  const known = list.rowByNonce(entry.nonce);
  if (known && !known.isPending) return outbox.remove(entry.nonce); // confirmed before the page was loaded
  const row = shown(list, entry, known);
  row.querySelector(".failure")?.remove();
  if (!entry.problem && isSupplied(entry)) return;
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

function isSupplied({ files = [] }) {
  return files.every(({ file }) => file);
}

/** The row of an entry. Once all its files are there it is another one, with the files themselves in the place of their chips. */
function shown(list, entry, known) {
  const waits = !isSupplied(entry);
  if (known?.waits === waits) return known;
  const row = built(list, entry);
  row.waits = waits;
  if (known) {
    holding(list, () => known.replaceWith(row));
    list.arrange(row);
  } else {
    list.place(row);
    toEnd(list);
  }
  if (waits) showTray(list, row, entry);
  else setTimeout(() => saySlow(row), SLOW);
  return row;
}

function built(list, entry) {
  const row = MessageItem.from({
    id: null, nonce: entry.nonce, user: me, html: entry.content && provisional(entry.content), created_at: new Date().toISOString(),
    reply_to: entry.quote, reactions: [], message_type: "chat", files: isSupplied(entry) ? entry.files?.map(({ file }) => file) : [],
  }, list.idPrefix);
  row.classList.add("pending");
  return row;
}

/** What it waits for, with all that can be done about it. */
async function showTray(list, row, entry) {
  const { trayOfMessage } = await load("file-tray");
  const tray = await trayOfMessage(entry, rulesOf(document.querySelector("message-composer") ?? {}));
  if (!tray || !row.isConnected) return;
  row.tray = tray;
  holding(list, () => row.querySelector(".text").after(tray.element));
}

function saySlow(row) {
  if (!row.isPending || row.querySelector(".failure")) return;
  row.querySelector(".byline").append(make("span", { className: "at sending", textContent: "sending…" }));
}

/** What is uploaded already: otherwise it waits for a day, and counts. What cannot be reached now goes then. */
function withdraw(files) {
  for (const { file } of files) if (file) request("DELETE", `/files/${file.id}`).catch(() => {});
}

function failure(row, { nonce, content, files = [], problem, state }) {
  const words = make("span", { textContent: problem || "Goes out when its files are uploaded." });
  const box = make("p", { className: problem ? "failure" : "failure calm", role: "status" }, words);
  const button = (textContent, onclick) => box.append(make("button", { type: "button", textContent, onclick }));
  if (state === "stuck" || state === "refused") button("Retry", () => outbox.retry(nonce));
  if (content) button("Copy", () => copy(content));
  button("Discard", () => {
    if (row.tray) row.tray.discard();
    else withdraw(files);
    outbox.remove(nonce);
    row.remove();
  });
  return box;
}
