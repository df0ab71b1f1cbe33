import { botBadge, content, copy, icon, make, me, template, url } from "../page.js";
import { announce } from "../announcer.js";
import { dateTitle, exact } from "../lib/time.js";
import { fillFiles, wordsOf } from "../timeline/files.js";
import { fillPreviews } from "../timeline/previews.js";

const LONG = { characters: 2500, blocks: 25 };

/** The pieces of a message that can come, go and change, in the order of the template. */
const PIECES = [".quote", ".text", ".pictures", ".attachments", ".previews", ".edited", ".message-actions", ".reactions", ".thread-link", ".failure"];

/** A message in a list. The server renders it, or `MessageItem.from` fills the same template. */
export class MessageItem extends HTMLElement {
  /** How often it was changed since it is on the page. */
  revision = 0;

  static from(message, prefix = "message") {
    const item = template("message-template");
    item.fill(message, prefix);
    return item;
  }

  connectedCallback() {
    if (this.text) return;
    this.text = this.querySelector(".text").innerHTML;
    this.decorate();
  }

  get messageId() { return Number(this.dataset.id) || 0; }
  get userId() { return Number(this.dataset.userId); }
  get isMine() { return this.userId === me.id && !this.isErased; }
  get isPending() { return this.classList.contains("pending"); }
  get isErased() { return this.classList.contains("erased"); }
  get author() { return this.querySelector(".author").textContent; }
  get words() { return wordsOf(this); }
  get allWords() { return wordsOf(this, { all: true }); }

  /** What decides grouping with the row above. */
  get standing() {
    return {
      userId: this.userId, at: Date.parse(this.dataset.at), label: this.dataset.label ?? "",
      system: this.classList.contains("system") || this.isErased, quotes: Boolean(this.querySelector(".quote")),
    };
  }

  fill(message, prefix) {
    const { user } = message;
    const part = (selector) => this.querySelector(selector);
    if (message.id) this.id = `${prefix}-${message.id}`;
    else this.removeAttribute("id");
    Object.assign(this.dataset, { id: message.id ?? "", userId: user.id, at: message.created_at });
    for (const [key, value] of [["nonce", message.nonce], ["label", message.label]]) {
      if (value) this.dataset[key] = value;
      else delete this.dataset[key];
    }
    const named = message.mentions?.includes(me.id) || (message.mentions_everyone && user.id !== me.id);
    const classes = { mine: user.id === me.id, mentioned: named, pinned: message.pinned_at, system: message.message_type === "system", erased: message.deleted };
    for (const [name, on] of Object.entries(classes)) this.classList.toggle(name, Boolean(on));
    part(".day").remove();
    part(".new-line").remove();

    const avatar = part(".avatar");
    avatar.textContent = user.avatar_initials;
    avatar.dataset.color = user.avatar_color_index;
    const author = part(".author a");
    author.textContent = user.display_name;
    author.href = url(`/dm/${user.username}`);
    keep(part(".badge"), user.bot_type)?.replaceChildren(botBadge(user.bot_type));
    keep(part(".label"), message.label)?.replaceChildren(message.label);
    const time = part(".at");
    time.href = url(`/messages/${message.id}`);
    time.dataset.exact = exact(new Date(message.created_at));
    time.firstElementChild.setAttribute("datetime", message.created_at);
    keep(part(".pin-mark"), message.pinned_at);
    this.fillQuote(keep(part(".quote"), message.reply_to), message.reply_to);
    part(".text").replaceChildren(content(message.html));
    fillFiles(this, message.files);
    fillPreviews(this, message.previews);
    const edited = keep(part(".edited"), message.edited_at);
    if (edited) {
      edited.href = url(`/messages/${message.id}/history`);
      edited.dataset.exact = exact(new Date(message.edited_at));
    }
    keep(part(".reactions"), message.reactions?.length)?.replaceChildren(...(message.reactions ?? []).map(reaction));
    keep(part(".message-actions"), message.actions?.length)?.replaceChildren(...(message.actions ?? []).map(action));
    const replies = message.thread?.reply_count;
    const thread = keep(part(".thread-link"), replies);
    if (thread) {
      thread.href = url(`/messages/${message.id}/thread`);
      thread.textContent = message.deleted ? "Replies" : replies === 1 ? "1 reply" : `${replies} replies`;
    }
  }

  fillQuote(quote, original) {
    if (!quote) return;
    quote.href = url(`/messages/${original.id}`);
    quote.dataset.messageId = original.id;
    quote.querySelector("b").textContent = original.deleted ? "" : original.user.display_name;
    quote.querySelector("span").textContent = original.deleted ? "Deleted message" : original.excerpt;
  }

  /** The same message after an edit, a reaction, a pin: only what differs is touched, so that selections and folds stay. */
  update(message, prefix) {
    const fresh = MessageItem.from(message, prefix);
    this.revision += 1;
    const body = this.querySelector(".body");
    for (const { name, value } of fresh.attributes) {
      if (name !== "class" && name !== "tabindex") this.setAttribute(name, value);
    }
    for (const name of ["mine", "mentioned", "pinned", "system", "erased", "pending"]) {
      this.classList.toggle(name, fresh.classList.contains(name));
    }
    this.querySelector(".byline").replaceWith(fresh.querySelector(".byline"));
    let after = this.querySelector(".byline");
    for (const piece of PIECES) {
      const old = body.querySelector(`:scope > ${piece}`);
      const wanted = fresh.querySelector(piece);
      if (piece === ".text" && wanted.innerHTML === this.text) {
        after = old;
      } else if (wanted) {
        if (piece === ".text") this.text = wanted.innerHTML;
        if (!old?.isEqualNode(wanted)) {
          if (old) old.replaceWith(wanted);
          else after.after(wanted);
          after = wanted;
          if (piece === ".text") this.decorate();
        } else after = old;
      } else old?.remove();
    }
  }

  /** Only that it was there, for the thread that hangs on it. */
  erase() {
    this.classList.remove("mine", "mentioned", "pinned", "found", "going");
    this.classList.add("erased");
    for (const piece of PIECES.filter((one) => one !== ".text" && one !== ".thread-link")) this.querySelector(piece)?.remove();
    this.querySelector(".text").replaceChildren(make("p", { textContent: "This message was deleted." }));
    for (const rest of this.querySelectorAll(".unfold, .message-tools")) rest.remove();
    this.querySelector(".thread-link")?.replaceChildren("Replies");
  }

  /** What needs a script: copy buttons on code, folding, the reader's own name. */
  decorate() {
    const text = this.querySelector(".text");
    this.querySelector(".unfold")?.remove();
    for (const block of text.querySelectorAll("pre")) {
      const button = make("button", { type: "button", className: "icon-button", ariaLabel: "Copy code", onclick: () => copied(block) }, icon("copy"));
      const holder = make("div", { className: "code-block" });
      block.replaceWith(holder);
      block.tabIndex = 0;
      holder.append(block, button);
    }
    for (const mention of text.querySelectorAll(`.mention[data-user-id="${me.id}"]`)) mention.classList.add("me");
    const blocks = text.querySelectorAll("p, li, tr, br").length + (text.textContent.match(/\n/g)?.length ?? 0);
    if (text.textContent.length > LONG.characters || blocks > LONG.blocks) this.fold(text);
  }

  fold(text) {
    text.classList.add("folded");
    const button = make("button", { type: "button", className: "unfold", textContent: "Show all", ariaExpanded: "false" });
    button.onclick = () => {
      const folded = text.classList.toggle("folded");
      button.textContent = folded ? "Show all" : "Show less";
      button.ariaExpanded = String(!folded);
    };
    text.after(button);
  }

  /** Where the row above ends a run or a day. */
  group({ startsDay, continued }, dayTitle) {
    this.classList.toggle("continued", continued && !this.isFirstNew);
    const heading = this.querySelector(":scope > .day");
    if (!startsDay) return heading?.remove();
    const title = heading ?? make("h2", { className: "day" }, make("span"));
    title.firstElementChild.textContent = dayTitle;
    if (!heading) this.prepend(title);
  }

  set isFirstNew(on) {
    const line = this.querySelector(":scope > .new-line");
    if (!on) line?.remove();
    else if (!line) this.querySelector(":scope > .row").before(make("p", { className: "new-line" }, make("span", { textContent: "New" })));
  }

  get isFirstNew() { return Boolean(this.querySelector(":scope > .new-line")); }
}

function keep(element, wanted) {
  if (wanted) return element;
  element.remove();
  return null;
}

function reaction({ emoji, count, users }) {
  const entry = template("reaction-template");
  const button = entry.querySelector("button");
  const who = users.map((user) => (user.id === me.id ? "You" : user.display_name)).join(", ");
  Object.assign(button.dataset, { emoji, who });
  button.ariaPressed = String(users.some((user) => user.id === me.id));
  button.children[0].textContent = emoji;
  button.querySelector("b").textContent = count;
  button.querySelector(".visually-hidden").textContent = ` ${emoji} from ${who}`;
  return entry;
}

function action({ id, label, style, confirm, pressed, pressed_at: at, pressed_by: by }) {
  const entry = template("action-template");
  const button = entry.querySelector("button");
  button.dataset.action = id;
  button.classList.remove("default");
  button.classList.add(style);
  button.textContent = label;
  button.disabled = pressed;
  if (confirm) {
    button.dataset.proof = "";
    button.title = "Asks who you are";
  }
  if (pressed) {
    const time = new Date(at);
    entry.append(make("span", { className: "pressed-by", title: exact(time), textContent: `${by?.display_name ?? "Somebody"}, ${dateTitle(time, new Date())}` }));
  }
  return entry;
}

function copied(block) {
  copy(block.textContent);
  announce("Copied", { always: true });
}

customElements.define("message-item", MessageItem);
