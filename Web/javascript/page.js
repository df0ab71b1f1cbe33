import { reachedHere } from "./lib/addresses.js";
import { Drafts } from "./lib/drafts.js";

/** What the server wrote into the page about itself and its reader. */
const facts = document.body.dataset;

export const site = facts.site;

export const assets = facts.assets;

export const me = {
  id: Number(facts.userId),
  username: facts.username,
  display_name: facts.name,
  avatar_initials: facts.initials,
  avatar_color_index: Number(facts.color),
  enterSends: facts.enterSends !== "false",
  isAdmin: "admin" in facts,
  quietUntil: facts.quietUntil,
  /** Does not want to be disturbed now. */
  get isQuiet() { return Boolean(this.quietUntil) && new Date(this.quietUntil) > new Date(); },
};

export const drafts = new Drafts(localStorage, me.id, sessionStorage);

/** Every address goes through here, so that the page also works below a path of another server. */
export function url(path) {
  return facts.base + path;
}

/** An address that the server sent to everybody, as this page reaches it. */
export function here(address) {
  return reachedHere(address, facts.sentBase, facts.base);
}

/** A message's text as the server wrote it for everybody, with links that work on this page. */
export function content(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  for (const [name, elements] of [["href", "a[href]"], ["src", "img[src]"]]) {
    for (const element of holder.content.querySelectorAll(elements)) {
      const address = element.getAttribute(name);
      if (here(address) !== address) element.setAttribute(name, here(address));
    }
  }
  return holder.content;
}

/** A fresh copy of a piece that the server wrote into the page. */
export function template(id) {
  return document.importNode(document.getElementById(id).content.firstElementChild, true);
}

export function icon(name) {
  const holder = document.createElement("template");
  holder.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${assets}/images/icons.svg#${name}"/></svg>`;
  return holder.content.firstChild;
}

/** An element with properties and children; `on…` are listeners, `data` and `aria…` are what they say. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "data") Object.assign(element.dataset, value);
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** What stands beside the name of somebody who is no person. */
export function botBadge(type) {
  return type === "ai" ? "AI" : "bot";
}

export function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

/** Works without a secure context too, where the clipboard has no interface of its own. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const holder = make("textarea", { value: text, className: "visually-hidden" });
    document.body.append(holder);
    holder.select();
    document.execCommand("copy");
    holder.remove();
  }
}
