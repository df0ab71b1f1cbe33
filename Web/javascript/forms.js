import { confirmed } from "./dialogs.js";
import { request } from "./http.js";
import { outbox } from "./outgoing.js";
import { announce } from "./announcer.js";
import { assets, copy, drafts } from "./page.js";

/** Small improvements of ordinary forms and menus; all of them work without. */
export function start() {
  document.addEventListener("submit", submitted);
  document.addEventListener("click", ({ target }) => {
    for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(target)) menu.open = false;
    const text = target.closest("copy-field button, [data-copy-lines]") && wanted(target);
    if (text) copy(text).then(() => { target.textContent = "Copied"; });
  });
  document.addEventListener("change", ({ target }) => target.closest("notification-form") && saveNotifications(target.form));
  // A server that was not told its own address gives a path; the browser knows the rest.
  for (const field of document.querySelectorAll("[data-link]")) {
    if (field.value.startsWith("/")) field.value = new URL(field.value, location.href).href;
  }
  for (const button of document.querySelectorAll("notification-form .button")) button.hidden = true;
}

/** What a button to copy is for: the field beside it, or the lines above it. */
function wanted(button) {
  return button.closest("copy-field")?.querySelector("input").value ?? button.closest(".snippet").querySelector("code").textContent;
}

async function submitted(event) {
  const form = event.target;
  const question = form.dataset.confirm ?? (form.querySelector('[data-command="sign-out"]') && unsaved());
  if (!question || form.dataset.sure) return;
  event.preventDefault();
  if (!(await confirmed(question, form.dataset.confirmAction ?? "Sign out"))) return;
  form.dataset.sure = "yes";
  form.requestSubmit();
}

/** Leaving for good asks first when something is not sent; it stays in this browser for the same person. */
function unsaved() {
  const waiting = outbox.entries.length + drafts.channels().size;
  return waiting ? "Some of what you wrote is not sent. It stays in this browser until you sign in again. Sign out?" : "";
}

async function saveNotifications(form) {
  const level = form.elements.level.value;
  const muted = form.elements.muted.checked;
  await request("PUT", new URL(form.action).pathname.slice(document.body.dataset.base.length), { level, muted });
  const bell = form.closest("details").querySelector("summary use");
  bell.setAttribute("href", `${assets}/images/icons.svg#${muted || level === "nothing" ? "bell-off" : "bell"}`);
  announce("Saved", { always: true });
}
