import { typingLine } from "../live.js";
import { me } from "../page.js";

const FADES = 5000;

/** Who is typing in this channel, for as long as they said so in the last 5 seconds. */
class TypingIndicator extends HTMLElement {
  connectedCallback() {
    this.people = new Map();
    this.channelId = Number(this.dataset.channelId);
    typingLine(this.channelId);
    this.hear = ({ detail }) => this.heard(detail);
    document.addEventListener("chat:typing", this.hear);
    document.addEventListener("chat:message", this.hear);
  }

  disconnectedCallback() {
    document.removeEventListener("chat:typing", this.hear);
    document.removeEventListener("chat:message", this.hear);
  }

  heard({ channel_id: channel, user_id: typist, user, display_name: name, typing }) {
    const id = typist ?? user?.id;
    if (channel !== this.channelId || id === me.id) return;
    clearTimeout(this.people.get(id)?.timer);
    if (typing) this.people.set(id, { name, timer: setTimeout(() => this.forget(id), FADES) });
    else this.people.delete(id);
    this.show();
  }

  forget(id) {
    this.people.delete(id);
    this.show();
  }

  show() {
    const names = Array.from(this.people.values(), ({ name }) => name);
    if (names.length > 2) this.textContent = "Several people are typing…";
    else this.textContent = names.length ? `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} typing…` : "";
  }
}

customElements.define("typing-indicator", TypingIndicator);
