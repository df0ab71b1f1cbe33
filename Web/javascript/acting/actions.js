import { confirmed, toast } from "../dialogs.js";
import { request } from "../http.js";
import { load } from "../lazy.js";
import { QUICK } from "../lib/emoji.js";
import { copy, me, tell, url } from "../page.js";

/** Everything that can be done with a message, for the toolbar, the sheet and the keyboard alike. `key` works on a focused message. */
export const ACTIONS = [
  { id: "react", icon: "smile", label: "React…", key: "+", run: pickReaction, quick: true },
  { id: "reply", icon: "reply", label: "Reply", key: "r", run: reply, when: canWrite, quick: true },
  { id: "thread", icon: "thread", label: "Reply in thread", key: "t", run: openThread, when: (row) => !inThread(row), quick: true },
  { id: "edit", icon: "edit", label: "Edit", key: "e", run: (row) => edit(row), when: (row) => row.isMine },
  { id: "pin", icon: "pin", label: "Pin", key: "p", run: pin, when: (row) => !row.classList.contains("pinned") },
  { id: "unpin", icon: "pin", label: "Unpin", key: "p", run: unpin, when: (row) => row.classList.contains("pinned") },
  { id: "person", icon: "person", label: "Write to the author", key: "w", run: (row) => row.querySelector(".author a").click(), when: (row) => !row.isMine },
  { id: "link", icon: "link", label: "Copy link", key: "l", run: copyLink },
  { id: "text", icon: "copy", label: "Copy text", key: "c", run: (row) => copy(row.querySelector(".text").innerText), when: (row) => row.querySelector(".text").textContent.trim() },
  { id: "unread", icon: "unread", label: "Mark unread from here", key: "u", run: (row) => list(row).reading.unreadFrom(row), when: (row) => !inThread(row) },
  { id: "history", icon: "history", label: "Show edits", key: "h", run: (row) => row.querySelector(".edited").click(), when: (row) => row.querySelector(".edited") && (row.isMine || me.isAdmin) },
  { id: "preview", icon: "close", label: "Remove link preview", key: "v", run: removePreviews, when: (row) => row.isMine && row.querySelector(".link-preview") },
  { id: "delete", icon: "trash", label: "Delete", key: "Delete", run: remove, when: (row) => row.isMine || "canModerate" in list(row).dataset, danger: true },
];

export function possible(row) {
  return row.isPending || row.isErased ? [] : ACTIONS.filter(({ when }) => !when || when(row));
}

export async function react(row, emoji) {
  const pressed = row.querySelector(`.reaction[data-emoji="${CSS.escape(emoji)}"]`)?.ariaPressed === "true";
  const path = `/messages/${row.messageId}/reactions`;
  const call = pressed ? request("DELETE", `${path}?emoji=${encodeURIComponent(emoji)}`) : request("POST", path, { emoji });
  await answered(call);
}

/** A button that the message carries. A dangerous one asks first, and so does one that wants to know who is there. */
export async function press(row, button) {
  const label = button.textContent;
  const asks = button.classList.contains("danger") || "proof" in button.dataset;
  if (asks && !(await confirmed(`${label}? ${row.words.slice(0, 120)}`, label))) return;
  const hadFocus = document.activeElement === button;
  button.disabled = true;
  button.ariaBusy = "true";
  const seen = row.revision;
  try {
    const { message } = await request("POST", `/messages/${row.messageId}/actions/${encodeURIComponent(button.dataset.action)}`, {});
    // What the press led to may have come by the cable meanwhile, and is newer.
    if (row.revision === seen) tell("chat:message", message);
  } catch (refusal) {
    button.disabled = false;
    button.ariaBusy = null;
    // Back here afterwards, where the button is pressed again.
    if (refusal.requiresProof) location.href = url(`/settings/confirm?return_to=${encodeURIComponent(location.pathname.slice(url("").length))}`);
    else toast(refusal.message);
  }
  // A button that cannot be pressed any more cannot hold it.
  if (hadFocus && document.activeElement === document.body) row.focus({ preventScroll: true });
}

export function quickReaction(key) {
  return QUICK[Number(key) - 1];
}

async function pickReaction(row) {
  const { pickEmoji } = await load("emoji-picker");
  const emoji = await pickEmoji();
  if (emoji) await react(row, emoji);
}

/** @param from where the focus goes back to */
export async function edit(row, from = row) {
  try {
    const editor = await load("message-editor");
    await editor.edit(row, from);
  } catch {
    toast("Nothing can be edited now: the server cannot be reached.");
  }
}

function reply(row) {
  list(row).parentElement.querySelector("message-composer").reply(row);
}

function openThread(row) {
  tell("chat:panel", { url: url(`/messages/${row.messageId}/thread`) });
}

function pin(row) {
  return answered(request("POST", `/messages/${row.messageId}/pin`, {}));
}

function unpin(row) {
  return answered(request("DELETE", `/messages/${row.messageId}/pin`));
}

async function copyLink(row) {
  await copy(new URL(url(`/messages/${row.messageId}`), location.href).href);
  toast("Link copied");
}

/** Asked once, greyed for ten seconds in which it can be taken back, then sent. Leaving the page sends it too. */
async function remove(row) {
  const whose = row.isMine ? "your message" : `the message of ${row.author}`;
  if (!(await confirmed(`Delete ${whose} “${row.words.slice(0, 60)}”? It disappears for everybody.`, "Delete"))) return;
  row.classList.add("going");
  const send = () => answered(request("DELETE", `/messages/${row.messageId}`, undefined, { keepalive: true }), row);
  const leave = () => finish(send);
  const finish = (then) => {
    clearTimeout(timer);
    removeEventListener("pagehide", leave);
    close();
    then();
  };
  const timer = setTimeout(leave, 10_000);
  addEventListener("pagehide", leave);
  const close = toast("Message deleted", { action: "Undo", seconds: 10, act: () => finish(() => row.classList.remove("going")) });
}

async function removePreviews(row) {
  for (const { dataset } of row.querySelectorAll(".link-preview")) {
    await answered(request("DELETE", `/messages/${row.messageId}/previews/${dataset.previewId}`));
  }
}

/** The cable brings the change itself; what comes back shows it a moment earlier, or says why not. */
async function answered(call, going) {
  try {
    const { message } = await call;
    if (message) tell("chat:message", message);
    else if (going) tell("chat:deleted", { message_id: going.messageId });
  } catch (refusal) {
    going?.classList.remove("going");
    toast(refusal.message);
  }
}

function list(row) {
  return row.closest("message-list");
}

function inThread(row) {
  return Boolean(list(row)?.threadId);
}

function canWrite(row) {
  return Boolean(list(row).parentElement.querySelector("message-composer form textarea"));
}
