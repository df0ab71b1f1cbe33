import { request } from "../http.js";

/** How the text will look, rendered by the server, in step with the typing. */
export class Preview {
  constructor(composer, field) {
    this.box = composer.querySelector(".preview");
    this.button = composer.querySelector('[data-tool="preview"]');
    this.field = field;
    this.button.addEventListener("click", () => (this.isOpen ? this.close() : this.open()));
  }

  get isOpen() {
    return !this.box.hidden;
  }

  open() {
    this.box.hidden = false;
    this.button.ariaPressed = "true";
    this.refresh();
  }

  close() {
    this.box.hidden = true;
    this.button.ariaPressed = "false";
  }

  refresh() {
    if (!this.isOpen) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.render(), 250);
  }

  async render() {
    const content = this.field.value;
    if (!content.trim()) return this.box.replaceChildren("Nothing to preview yet.");
    try {
      this.box.innerHTML = (await request("POST", "/markdown", { content })).html;
    } catch (refusal) {
      this.box.textContent = refusal.message;
    }
  }
}
