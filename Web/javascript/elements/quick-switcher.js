import { announce } from "../announcer.js";
import { show } from "../dialogs.js";
import { directory } from "../directory.js";
import { rank } from "../lib/matching.js";
import { icon, make, me, url } from "../page.js";

/** Ctrl+K: goes to a channel or a person by a few letters, unread first, or on to the search. */
export function openSwitcher() {
  if (document.querySelector(".switcher")) return;
  const field = make("input", { type: "text", placeholder: "Where to?", ariaLabel: "Go to a channel or a person", role: "combobox", ariaExpanded: "true", autocomplete: "off", autofocus: true });
  const box = make("div", { role: "listbox", id: "switcher-list", ariaLabel: "Places" });
  field.setAttribute("aria-controls", box.id);
  show(make("dialog", { className: "switcher", ariaLabel: "Go to" }, field, box));
  let places = [];
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
    const found = rank(query, places, ({ names }) => names, 10);
    if (query) found.push({ label: `Search messages for “${query}”`, icon: "search", href: url(`/search?q=${encodeURIComponent(query)}`) });
    box.replaceChildren(...found.map(option));
    if (found.length) choose(0);
    if (query) announce(`${found.length} results. ${found[0].label}`, { always: true });
  };
  const ready = directory().then((found) => {
    places = entries(found);
    fill();
  });
  field.addEventListener("input", fill);
  field.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && box.children.length) choose(index + step);
    else if (event.key === "Enter" && !event.isComposing) ready.then(() => box.children[index]?.click()); // fast fingers wait for the list
    else return;
    event.preventDefault();
  });
}

function option({ label, detail, href, icon: name, unread }, index) {
  const row = make("a", { className: "option", id: `place-${index}`, role: "option", href, tabIndex: -1, ariaSelected: "false" }, icon(name), make("span", { textContent: label }));
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
