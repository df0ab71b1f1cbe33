import { outbox } from "../outgoing.js";
import { drafts, icon, make, me, tell } from "../page.js";
import { load } from "../lazy.js";
import { Drafts } from "../lib/drafts.js";
import { emphasize } from "../lib/markdown.js";
import { Attaching } from "../writing/attaching.js";
import { Completion } from "../writing/completion.js";
import { isSend } from "../writing/keys.js";
import { Preview } from "../writing/preview.js";
import { Typing } from "../writing/typing.js";

/**
 * Where messages are written. Channel and thread are fixed when the element is made and stored with every key press,
 * so that no text and no file can end up in another place than the one it was meant for.
 */
class MessageComposer extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    if (!this.form || this.field) return;
    this.channelId = Number(this.dataset.channelId);
    this.threadId = Number(this.dataset.threadId) || null;
    this.key = Drafts.key(this.channelId, this.threadId);
    this.field = this.form.querySelector("textarea");
    this.field.required = false;
    this.context = this.querySelector(".composer-context");
    this.field.value ||= drafts.get(this.key);
    this.completion = new Completion(this, this.field, this.channelId);
    this.preview = new Preview(this, this.field);
    this.typing = new Typing(this.channelId);
    this.attaching = new Attaching(this);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.field.addEventListener("input", () => this.typed());
    this.field.addEventListener("keydown", (event) => this.pressed(event));
    this.querySelector('[data-tool="emoji"]').addEventListener("click", ({ currentTarget }) => this.pickEmoji(currentTarget));
    if (matchMedia("(hover: hover)").matches && !location.hash) this.field.focus({ preventScroll: true });
  }

  typed() {
    drafts.set(this.key, this.field.value);
    tell("chat:draft", { channelId: this.channelId });
    this.typing.typed(this.field.value);
    this.preview.refresh();
  }

  pressed(event) {
    if (this.completion.pressed(event) || event.isComposing) return;
    const { field } = this;
    if (isSend(event, me.enterSends)) this.send();
    else if (event.key === "ArrowUp" && !field.value && !event.shiftKey && !event.altKey) tell("chat:edit-last", { composer: this });
    else if (event.key === "Escape" && (this.quote || this.preview.isOpen)) this.clearContext();
    else if ((event.ctrlKey || event.metaKey) && ["b", "i"].includes(event.key)) this.emphasize(event.key === "b" ? "**" : "_");
    else if ((event.ctrlKey || event.metaKey) && event.key === "u") this.attaching.choose();
    else return;
    event.preventDefault();
  }

  async send() {
    await this.attaching.opening; // what was chosen just now goes too
    const content = this.field.value.trim();
    const files = this.attaching.handOver();
    if (!content && !files) return;
    outbox.add({ channelId: this.channelId, threadId: this.threadId, replyToId: this.quote?.id, quote: this.quote, content, ...files });
    this.field.value = "";
    this.clearContext();
    this.typed();
    this.completion.close();
    this.field.focus({ preventScroll: true });
  }

  /** Answers a message: its first line is quoted above the box until sent or dismissed. */
  reply(row) {
    const excerpt = row.words.slice(0, 140);
    this.quote = { id: row.messageId, user: { id: row.userId, display_name: row.author }, excerpt, deleted: false };
    const dismiss = make("button", { type: "button", className: "icon-button", ariaLabel: "Do not reply to it", onclick: () => this.clearContext() }, icon("close"));
    this.context.replaceChildren(make("span", {}, "Replying to ", make("b", { textContent: row.author }), ` ${excerpt}`), dismiss);
    this.context.hidden = false;
    this.field.focus();
  }

  clearContext() {
    this.quote = undefined;
    this.context.hidden = true;
    this.preview.close();
  }

  emphasize(mark) {
    const { selectionStart, selectionEnd, value } = this.field;
    const changed = emphasize(value, selectionStart, selectionEnd, mark);
    this.field.value = changed.text;
    this.field.setSelectionRange(changed.start, changed.end);
    this.typed();
  }

  async pickEmoji(button) {
    const { pickEmoji } = await load("emoji-picker");
    const emoji = await pickEmoji(button);
    if (!emoji) return;
    this.field.setRangeText(emoji, this.field.selectionStart, this.field.selectionEnd, "end");
    this.typed();
    this.field.focus();
  }
}

customElements.define("message-composer", MessageComposer);
