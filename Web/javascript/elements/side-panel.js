import { toast } from "../dialogs.js";
import { fragment } from "../http.js";

/** Shows a part of another page beside the conversation: a thread, members, pins, the history of a message. */
class SidePanel extends HTMLElement {
  connectedCallback() {
    document.addEventListener("chat:panel", ({ detail }) => this.open(detail.url));
    document.addEventListener("click", (event) => this.clicked(event));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.hidden && !event.defaultPrevented && !document.querySelector("dialog[open]")) this.close();
    });
  }

  clicked(event) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a[data-panel]");
    const close = event.target.closest(".panel-close");
    if (close && this.contains(close)) this.close();
    else if (link) this.open(link.href);
    else return;
    event.preventDefault();
  }

  async open(address) {
    if (this.hidden) this.opener = document.activeElement;
    try {
      const content = await fragment(address, ".panel-content");
      this.hidden = false; // first: what is hidden cannot take the focus
      this.replaceChildren(content);
      this.remember(content.dataset.threadId);
      const field = content.querySelector("textarea");
      if (!field) (content.querySelector(".panel-close") ?? content).focus();
      document.querySelectorAll(".menu[open]").forEach((menu) => { menu.open = false; });
    } catch (refusal) {
      toast(refusal.message);
    }
  }

  close() {
    this.hidden = true;
    this.replaceChildren();
    this.remember(null);
    this.opener?.focus?.();
  }

  /** A reload keeps the thread open. */
  remember(threadId) {
    const address = new URL(location.href);
    address.searchParams.delete("thread");
    if (threadId) address.searchParams.set("thread", threadId);
    history.replaceState(history.state, "", address);
  }
}

customElements.define("side-panel", SidePanel);
