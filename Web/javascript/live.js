import { Cable } from "./cable.js";
import { me, tell, url } from "./page.js";

/** The socket of this page, and its news as events of the document. */
const address = new URL(url("/cable"), location.href);
address.protocol = address.protocol.replace("http", "ws");

export const cable = new Cable(address.href);

const NEWS = {
  message: (news) => {
    tell("chat:message", news.message);
    tell("chat:heard", news.message);
  },
  message_updated: (news) => tell("chat:message", news.message),
  message_deleted: (news) => tell("chat:deleted", news),
  unread: (news) => tell("chat:unread", news),
  channel: (news) => tell("chat:channel", news.channel),
  channel_removed: (news) => tell("chat:channel-removed", news),
  read_only: (news) => { document.getElementById("read-only").hidden = !news.read_only; },
  settings: (news) => { me.quietUntil = news.user.do_not_disturb_until; },
  signed_out: () => tell("chat:signed-out"),
  typing_start: (news) => tell("chat:typing", { ...news, typing: true }),
  typing_stop: (news) => tell("chat:typing", { ...news, typing: false }),
  user_online: (news) => tell("chat:presence", news.user),
  user_offline: (news) => tell("chat:presence", news.user),
  presence_update: (news) => tell("chat:presence", news.user),
};

const received = (news) => NEWS[news.type]?.(news);

let presence;

export function start() {
  // Said after the first confirmation too: what came between the page and the socket is caught up with.
  cable.subscribe({ channel: "ChatChannel" }, { received, confirmed: () => tell("chat:connected") });
  const visited = document.querySelector("message-list[data-visitor]");
  if (visited) cable.subscribe({ channel: "ChatChannel", channel_id: Number(visited.dataset.channelId) }, { received });
  cable.subscribe({ channel: "UserChannel" }, { received });
  presence = cable.subscribe({ channel: "PresenceChannel" }, { received });
  cable.open();
  addEventListener("online", () => cable.nudge());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && cable.nudge());
  for (const sign of ["pointerdown", "keydown", "scroll"]) addEventListener(sign, active, { passive: true, capture: true });
}

const lines = new Map();

/** Who is typing in a channel; one subscription, however many boxes and threads are open. */
export function typingLine(channelId) {
  if (!lines.has(channelId)) lines.set(channelId, cable.subscribe({ channel: "TypingChannel", channel_id: channelId }, { received }));
  return lines.get(channelId);
}

let lastBeat = 0;

function active() {
  if (Date.now() - lastBeat < 60_000 || !cable.isUp) return;
  lastBeat = Date.now();
  presence.perform("heartbeat");
}
