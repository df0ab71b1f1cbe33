import { Outbox } from "./lib/outbox.js";
import { request } from "./http.js";
import { me, tell } from "./page.js";

/** The messages on their way, wherever they were written. Tabs take turns, so that the order holds across them. */
export const outbox = new Outbox({
  store: localStorage,
  owner: me.id,
  send: (entry) => inTurn(() => post(entry)),
  changed: (entry) => tell("chat:outbox", entry),
});

async function post({ channelId, threadId, replyToId, content, nonce, files }) {
  const fields = { content, nonce, thread_id: threadId ?? undefined, reply_to_id: replyToId ?? undefined };
  if (files?.length) fields.file_ids = files.map(({ file }) => file.id);
  const { message, notice } = await request("POST", `/channels/${channelId}/messages`, fields);
  return message ?? { notice };
}

function inTurn(send) {
  return navigator.locks ? navigator.locks.request(`homechat-outbox-${me.id}`, send) : send();
}

addEventListener("online", () => outbox.run());
document.addEventListener("chat:connected", () => outbox.run());
document.addEventListener("chat:uploads", ({ detail: { batch, files, problem } }) => outbox.supply(batch, files, problem));
