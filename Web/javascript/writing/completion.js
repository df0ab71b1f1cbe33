import { announce } from "../announcer.js";
import { directory } from "../directory.js";
import { request } from "../http.js";
import { load } from "../lazy.js";
import { complete, wordAt } from "../lib/completion.js";
import { CONTAINED, rank } from "../lib/matching.js";
import { botBadge, make } from "../page.js";

/** The list that opens over the box after @, #, : or a / in front. Arrows choose, Tab or Enter takes, Esc closes. */
export class Completion {
  constructor(holder, field, channelId) {
    this.field = field;
    this.channelId = channelId;
    this.box = make("div", { className: "completion", role: "listbox", id: `${field.id}-completion`, ariaLabel: "Suggestions", hidden: true });
    holder.append(this.box);
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-haspopup", "listbox");
    field.addEventListener("input", () => this.look());
    field.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    this.box.addEventListener("pointerdown", (event) => event.preventDefault());
    this.box.addEventListener("click", ({ target }) => this.take(this.found[Number(target.closest(".option")?.dataset.index)]));
  }

  async look() {
    const word = wordAt(this.field.value, this.field.selectionStart);
    this.word = word;
    if (!word) return this.close();
    const found = await candidates(word, this.channelId);
    if (this.word !== word) return;
    this.show(found);
  }

  show(found) {
    this.found = found;
    if (!found.length) return this.close();
    this.box.replaceChildren(...found.map((entry, index) => option(entry, `${this.box.id}-${index}`, index)));
    this.box.hidden = false;
    this.field.setAttribute("aria-controls", this.box.id);
    this.choose(0);
    announce(`${found.length} suggestions. ${found[0].label}`, { always: true });
  }

  choose(index) {
    this.index = (index + this.found.length) % this.found.length;
    Array.from(this.box.children).forEach((row, at) => { row.ariaSelected = String(at === this.index); });
    this.box.children[this.index].scrollIntoView({ block: "nearest" });
    this.field.setAttribute("aria-activedescendant", `${this.box.id}-${this.index}`);
  }

  /** Whether the key was for the list. */
  pressed(event) {
    if (this.box.hidden || event.isComposing) return false;
    const { key, shiftKey } = event;
    if (key === "ArrowDown") this.choose(this.index + 1);
    else if (key === "ArrowUp") this.choose(this.index - 1);
    else if (key === "Enter" && this.isWritten) return this.close();
    else if ((key === "Enter" || key === "Tab") && !shiftKey) this.take(this.found[this.index]);
    else if (key === "Escape") this.close();
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** The word stands there in full already: Enter is meant for the message. */
  get isWritten() {
    return this.field.value.slice(this.word.start, this.word.end).toLowerCase() === this.found[this.index].text.toLowerCase();
  }

  take(entry) {
    if (!entry) return;
    const { text, caret } = complete(this.field.value, this.word, entry.text);
    this.field.value = text;
    this.field.setSelectionRange(caret, caret);
    this.close();
    this.field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Returns false: a key that only closes the list is still to be heard by others. */
  close() {
    this.word = null;
    this.box.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
    this.field.removeAttribute("aria-controls");
    return false;
  }
}

function option({ label, detail, glyph, badge: mark }, id, index) {
  return make("div", { className: "option", role: "option", id, data: { index }, ariaSelected: "false" },
    ...(glyph ? [make("span", { className: "glyph", textContent: glyph, ariaHidden: "true" })] : []), make("span", { textContent: label }),
    ...(mark ? [make("span", { className: "badge", textContent: mark })] : []), make("span", { className: "soft", textContent: detail ?? "" }));
}

const EVERYBODY = [
  { username: "here", display_name: "everybody who is here now" },
  { username: "channel", display_name: "everybody in this channel" },
];

/** What can be done in each channel, asked for once a page. */
const commands = new Map();

async function commandsOf(channelId) {
  if (!commands.has(channelId)) {
    const asked = request("GET", `/channels/${channelId}/commands`).catch(() => commands.delete(channelId) && { commands: [] });
    commands.set(channelId, asked);
  }
  return (await commands.get(channelId)).commands;
}

async function candidates({ kind, query }, channelId) {
  if (kind === "commands") {
    return (await commandsOf(channelId)).filter(({ name }) => name.startsWith(query.toLowerCase())).slice(0, 12)
      .map(({ name, usage, description, bot }) => ({
        text: `/${name}`, label: `/${name} ${usage}`, detail: bot ? `${description} · ${bot}` : description,
      }));
  }
  if (kind === "emoji") {
    const { emojiList, searchEmoji } = await load("emoji-picker");
    return searchEmoji(await emojiList(), query, 8).map(([emoji, name]) => ({ text: emoji, label: name, glyph: emoji }));
  }
  const { channels, users } = await directory();
  if (kind === "channels") {
    const open = channels.filter((channel) => channel.type !== "dm");
    return rank(query, open, ({ name }) => [name], { least: CONTAINED }).map(({ name, description }) => ({ text: `#${name}`, label: name, detail: description?.slice(0, 40), glyph: "#" }));
  }
  return rank(query, [...users, ...EVERYBODY], ({ username, display_name: name }) => [username, name], { least: CONTAINED })
    .map(({ username, display_name: name, bot_type: bot }) => ({ text: `@${username}`, label: name, detail: `@${username}`, glyph: "@", badge: bot && botBadge(bot) }));
}
