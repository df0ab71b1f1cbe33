import "./elements/relative-time.js";
import "./elements/connection-banner.js";
import "./elements/channel-sidebar.js";
import "./elements/message-item.js";
import "./elements/message-list.js";
import "./elements/typing-indicator.js";
import "./elements/message-composer.js";
import "./elements/side-panel.js";
import "./elements/search-page.js";
import "./directory.js";
import { edit } from "./acting/actions.js";
import * as toolbar from "./acting/toolbar.js";
import * as forms from "./forms.js";
import * as keptForms from "./kept-forms.js";
import * as keyboard from "./keyboard.js";
import { load } from "./lazy.js";
import * as live from "./live.js";
import * as searching from "./searching.js";
import * as attaching from "./writing/attaching.js";

attaching.start();
toolbar.start();
forms.start();
keptForms.start();
keyboard.start();
live.start();
searching.start();
document.documentElement.dataset.scripted = "";

if (document.querySelector("network-check")) load("network-check");
if (document.querySelector("[data-passkey]")) load("passkeys").then(({ start }) => start());

document.addEventListener("chat:edit-last", ({ detail: { composer } }) => {
  const own = composer.parentElement.querySelector("message-list").rows.findLast((row) => row.isMine && !row.isPending);
  if (own) edit(own, composer.field);
});

document.addEventListener("click", (event) => {
  const picture = event.target.closest("[data-picture]") ?? event.target.closest(".gallery-picture")?.parentElement.querySelector("[data-picture]");
  if (!picture || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  load("lightbox").then(({ openLightbox }) => openLightbox(picture), () => location.assign(picture.href));
});

// The quoted message is often on the same page: jump instead of loading.
document.addEventListener("click", (event) => {
  const quote = event.target.closest(".quote, .message .at");
  const list = quote?.closest("message-list");
  const row = list?.row(quote.dataset.messageId ?? quote.closest("message-item").messageId);
  if (!row || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (quote.matches(".at") && !list.threadId) history.replaceState(null, "", `?message=${row.messageId}`);
  list.find(row);
});

