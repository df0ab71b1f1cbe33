import { badge, total, windowTitle } from "../lib/unread.js";
import { assets, drafts, site, url } from "../page.js";

/** The list of channels: counts, presence, drafts. On a narrow screen it is a drawer. */
class ChannelSidebar extends HTMLElement {
  connectedCallback() {
    this.place = document.title.replace(/ · [^·]*$/, "");
    this.counts = new Map();
    for (const row of this.rows) this.counts.set(Number(row.dataset.channelId), this.written(row));
    const on = (name, hear) => document.addEventListener(name, ({ detail }) => hear(detail));
    on("chat:unread", (news) => this.unread(news));
    on("chat:channel", (channel) => this.channel(channel));
    on("chat:directory", ({ channels }) => channels.filter((channel) => channel.is_member).forEach((channel) => this.channel(channel)));
    on("chat:channel-removed", ({ channel_id: id }) => this.removed(id));
    on("chat:presence", (user) => presence(user));
    on("chat:draft", () => this.markDrafts());
    this.markDrafts();
    this.showTotal();
    this.drawer();
  }

  get rows() { return Array.from(this.querySelectorAll(".sidebar-row")); }
  row(id) { return this.querySelector(`.sidebar-row[data-channel-id="${id}"]`); }

  /** What the server wrote into the page. */
  written(row) {
    return { unread: Number(row.dataset.unread) || 0, mentions: Number(row.dataset.mentions) || 0, muted: row.classList.contains("muted"), direct: row.dataset.kind === "dm" };
  }

  unread({ channel_id: id, unread_count: unread, mention_count: mentions }) {
    if (!this.counts.has(id)) return;
    this.show(id, { ...this.counts.get(id), unread, mentions });
  }

  channel(channel) {
    const row = this.row(channel.id) ?? this.added(channel);
    row.querySelector(".row-title").textContent = channel.title;
    row.classList.toggle("muted", channel.muted);
    this.show(channel.id, { unread: channel.unread_count, mentions: channel.mention_count, muted: channel.muted, direct: channel.type === "dm" });
  }

  show(id, counts) {
    this.counts.set(id, counts);
    const row = this.row(id);
    const { text, loud, unread } = badge(counts);
    const count = row.querySelector(".count");
    count.hidden = !text;
    count.firstElementChild.textContent = text;
    count.classList.toggle("loud", loud);
    row.classList.toggle("unread", unread);
    this.showTotal();
  }

  added({ id, type, title, users = [] }) {
    const entry = document.importNode(document.getElementById("sidebar-row-template").content, true).firstElementChild;
    const row = entry.querySelector("a");
    row.href = url(`/channels/${id}`);
    Object.assign(row.dataset, { channelId: id, kind: type });
    row.querySelector(".icon use").setAttribute("href", `${assets}/images/icons.svg#${type === "private" ? "lock" : type === "dm" ? "people" : "hash"}`);
    if (type === "dm" && users.length === 1) row.querySelector(".icon").replaceWith(avatar(users[0]));
    const list = this.querySelector(`[data-list="${type === "dm" ? "dms" : "channels"}"]`);
    const titles = Array.from(list.children);
    const next = titles.find((other) => other.querySelector(".row-title").textContent.localeCompare(title) > 0);
    list.insertBefore(entry, next ?? null);
    return row;
  }

  removed(id) {
    this.row(id)?.closest("li").remove();
    this.counts.delete(id);
    this.showTotal();
    if (Number(document.getElementById("main").dataset.channelId) === id) location.assign(url("/"));
  }

  showTotal() {
    const count = total(Array.from(this.counts.values()));
    document.title = windowTitle(this.place, site, count);
    document.querySelector('link[rel="icon"]').href = `${assets}/images/icon${count ? "-unread" : ""}.svg`;
    navigator.setAppBadge?.(count).catch(() => {}); // a badge is only there for an installed app
  }

  markDrafts() {
    const current = Number(document.getElementById("main").dataset.channelId);
    const waiting = drafts.channels();
    for (const row of this.rows) {
      const id = Number(row.dataset.channelId);
      row.querySelector(".draft-mark").toggleAttribute("hidden", id === current || !waiting.has(id));
    }
  }

  drawer() {
    const narrow = matchMedia("(max-width: 47.99rem)");
    const set = (open) => {
      this.toggleAttribute("data-open", open && narrow.matches);
      document.querySelectorAll("main, side-panel").forEach((part) => { part.inert = open && narrow.matches; });
      if (open) this.querySelector("[aria-current]")?.focus();
      else document.querySelector(".drawer-open")?.focus();
    };
    document.addEventListener("click", (event) => {
      const opener = event.target.closest(".drawer-open, .drawer-close");
      if (opener) {
        event.preventDefault();
        set(opener.matches(".drawer-open"));
      } else if (this.hasAttribute("data-open") && !this.contains(event.target)) set(false);
    });
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.hasAttribute("data-open") && set(false));
    swipe((open) => narrow.matches && set(open));
  }
}

/** A finger that goes right from the left edge opens the list, one that goes left closes it. */
function swipe(set) {
  let from;
  addEventListener("touchstart", ({ touches: [touch] }) => { from = touch; }, { passive: true });
  addEventListener("touchend", ({ changedTouches: [touch] }) => {
    const across = touch.clientX - from.clientX;
    if (Math.abs(across) < 70 || Math.abs(touch.clientY - from.clientY) > 50) return;
    if (across > 0 && from.clientX < 40) set(true);
    else if (across < 0 && document.querySelector(".sidebar[data-open]")) set(false);
  }, { passive: true });
}

function avatar({ id, avatar_initials: initials, avatar_color_index: color, presence: now }) {
  const picture = document.createElement("span");
  picture.className = "avatar tiny";
  picture.ariaHidden = "true";
  picture.textContent = initials;
  Object.assign(picture.dataset, { color, presenceOf: id, presence: now });
  return picture;
}

function presence({ id, presence: now, status, status_emoji: emoji }) {
  for (const picture of document.querySelectorAll(`.avatar[data-presence-of="${id}"]`)) picture.dataset.presence = now;
  // "Available" is what everybody starts with; saying it tells nothing.
  const words = status === "Available" && !emoji ? "" : [emoji, status].filter(Boolean).join(" ");
  for (const line of document.querySelectorAll(`[data-status-of="${id}"]`)) line.textContent = words;
}

customElements.define("channel-sidebar", ChannelSidebar);
