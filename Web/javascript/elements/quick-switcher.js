import { announce } from "../announcer.js";
import { show } from "../dialogs.js";
import { directory } from "../directory.js";
import { request } from "../http.js";
import { rank } from "../lib/matching.js";
import { mayBeEnough } from "../lib/recent-searches.js";
import { icon, make, me, url } from "../page.js";
import { marked, recent, searchPage } from "../searching.js";

/** A pause in typing, after which messages are looked for. */
const PAUSE = 180;
const HITS = 5;

/** Ctrl+K: goes to a channel or a person by a few letters, unread first, to a message by its words, or on to the search. */
export function openSwitcher() {
  if (document.querySelector(".switcher")) return;
  const field = make("input", { type: "text", placeholder: "Where to?", ariaLabel: "Go to a channel, a person or a message", role: "combobox", ariaExpanded: "true", autocomplete: "off", autofocus: true });
  const box = make("div", { role: "listbox", id: "switcher-list", ariaLabel: "Places" });
  field.setAttribute("aria-controls", box.id);
  const dialog = show(make("dialog", { className: "switcher", ariaLabel: "Go to" }, field, box));
  let places = [];
  let messages = [];
  let index = 0;

  const choose = (next) => {
    const rows = box.children;
    index = (next + rows.length) % rows.length;
    Array.from(rows).forEach((row, at) => { row.ariaSelected = String(at === index); });
    field.setAttribute("aria-activedescendant", rows[index].id);
    rows[index].scrollIntoView({ block: "nearest" });
  };
  const fill = () => {
    const query = field.value.trim();
    const found = rank(query, places, ({ names }) => names);
    const search = { label: `Search messages for “${query}”`, icon: "search", href: searchPage(query), query };
    box.replaceChildren(...[...found, ...messages, ...(query ? [search] : [])].map(option));
    return [...found, ...messages].length;
  };
  const typed = () => {
    const query = field.value.trim();
    messages = [];
    fill();
    if (box.children.length) choose(0);
    if (query) announce(`${box.children.length} results. ${box.firstChild.textContent}`, { always: true });
    lookup.ask(query);
  };
  const lookup = new Lookup((hits) => {
    const chosen = box.children[index]?.getAttribute("href");
    messages = hits.map(entry);
    const count = fill();
    // What was chosen stays chosen, wherever it stands now.
    choose(Math.max(Array.from(box.children).findIndex((row) => row.getAttribute("href") === chosen), 0));
    if (hits.length) announce(`${count} results, ${hits.length} of them messages`, { always: true });
  });
  const ready = directory().then((found) => {
    places = entries(found);
    typed();
  });
  dialog.addEventListener("close", () => lookup.ask(""));
  box.addEventListener("click", ({ target }) => {
    const { query } = target.closest(".option")?.dataset ?? {};
    if (query) recent.add(query);
  });
  field.addEventListener("input", typed);
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && box.children.length) choose(index + step);
    else if (event.key === "Enter" && !event.isComposing) ready.then(() => box.children[index]?.click()); // fast fingers wait for the list
    else return;
    event.preventDefault();
  });
}

/** Asks the server after a pause in typing, and forgets the answer to what is no longer asked. */
class Lookup {
  constructor(told) {
    this.told = told;
  }

  ask(query) {
    clearTimeout(this.timer);
    this.pending?.abort();
    if (mayBeEnough(query)) this.timer = setTimeout(() => this.send(query), PAUSE);
  }

  async send(query) {
    const { signal } = (this.pending = new AbortController());
    const address = `/search?type=messages&sort=newest&limit=${HITS}&q=${encodeURIComponent(query)}`;
    // Too many, or no connection: the places are still there.
    const { messages } = await request("GET", address, null, { signal }).catch(() => ({ messages: [] }));
    if (!signal.aborted) this.told(messages);
  }
}

function option({ label, pieces, detail, icon: name, href, unread, query }, index) {
  const text = pieces ? make("span", { className: "snippet-text" }, ...marked(pieces)) : make("span", { textContent: label });
  const row = make("a", { className: "option", id: `place-${index}`, role: "option", href, tabIndex: -1, ariaSelected: "false", data: query ? { query } : {} }, icon(name), text);
  if (unread) row.append(make("span", { className: "count loud", textContent: unread }));
  else if (detail) row.append(make("span", { className: "soft", textContent: detail }));
  return row;
}

const ICONS = { private: "lock", dm: "people" };

function entries({ channels, users }) {
  const rooms = channels.map((channel) => ({
    label: channel.title ?? channel.name, names: [channel.title ?? channel.name, ...(channel.users ?? []).map((user) => user.username)],
    icon: ICONS[channel.type] ?? "hash", href: url(`/channels/${channel.id}`), unread: channel.muted ? 0 : channel.unread_count,
  }));
  const people = users.filter((user) => user.id !== me.id).map((user) => ({
    label: user.display_name, detail: `@${user.username}`, names: [user.display_name, user.username], icon: "person", href: url(`/dm/${user.username}`), unread: 0,
  }));
  return [...rooms.filter(({ unread }) => unread), ...rooms.filter(({ unread }) => !unread), ...people];
}

function entry({ id, snippet, user, channel }) {
  return { pieces: snippet, detail: `${user.display_name ?? user.username} · ${channel.title}`, icon: "reply", href: url(`/messages/${id}`) };
}
