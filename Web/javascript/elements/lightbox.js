import { show } from "../dialogs.js";
import { fitted } from "../lib/files.js";
import { icon, make } from "../page.js";

const SWIPE = 50;

/** One picture large, with those around it a key or a swipe away. It has its size before it is there; enlarging is the browser's. */
export function openLightbox(link) {
  const links = Array.from(link.closest("message-list, .panel-body, main").querySelectorAll("[data-picture]"));
  return new Lightbox(links, links.indexOf(link));
}

class Lightbox {
  constructor(links, index) {
    this.links = links;
    this.loaded = new Map();
    this.stage = make("div", { className: "lightbox-stage" });
    this.caption = make("p", { className: "lightbox-caption", ariaLive: "polite" });
    this.message = make("a", { className: "icon-button with-text", textContent: "Message" });
    this.original = make("a", { className: "icon-button", target: "_blank", rel: "noopener", ariaLabel: "Open the original" }, icon("open"));
    this.save = make("a", { className: "icon-button", ariaLabel: "Download" }, icon("download"));
    this.dialog = make("dialog", { className: "lightbox", ariaLabel: "Pictures" },
      make("div", { className: "lightbox-bar" }, this.caption, this.message, this.original, this.save, button("Close", "close", () => this.dialog.close())),
      this.stage);
    if (links.length > 1) this.dialog.append(button("Picture before", "left", () => this.step(-1)), button("Next picture", "right", () => this.step(1)));
    this.dialog.addEventListener("keydown", (event) => this.pressed(event));
    this.dialog.addEventListener("close", () => this.closed());
    this.stage.addEventListener("click", ({ target }) => target === this.stage && this.dialog.close());
    this.swiping();
    this.size = () => this.fit();
    addEventListener("resize", this.size);
    show(this.dialog);
    this.go(index);
    this.dialog.querySelector(".lightbox-bar button").focus();
  }

  get link() { return this.links[this.index]; }

  step(by) {
    this.go((this.index + by + this.links.length) % this.links.length);
  }

  go(index) {
    this.index = index;
    const { link } = this;
    const { name } = link.dataset;
    this.put(make("img", { src: link.closest("li").querySelector("img")?.currentSrc || link.href }));
    this.original.href = this.save.href = link.href;
    this.save.download = name;
    const count = this.links.length > 1 ? `${index + 1} of ${this.links.length}` : "";
    this.caption.replaceChildren(make("b", { textContent: name }), make("span", { textContent: [count, ...origin(link)].filter(Boolean).join(" · ") }));
    const way = link.closest(".gallery-file, .card-message")?.querySelector(".to-message");
    this.message.hidden = !way;
    if (way) this.message.href = way.href;
    this.sharpen(link);
  }

  put(picture) {
    Object.assign(picture, { alt: this.link.dataset.name, draggable: false });
    this.picture = picture;
    this.fit();
    this.stage.replaceChildren(picture);
  }

  /** Loaded once, and shown as the element that loaded it: what is not to be stored would be loaded again for another. */
  large(link) {
    if (!this.loaded.has(link)) this.loaded.set(link, make("img", { src: link.href }));
    return this.loaded.get(link);
  }

  /** The small picture stands there until the large one can take its place; then the next one is fetched. */
  async sharpen(link) {
    const picture = this.large(link);
    try {
      await picture.decode();
      if (this.link !== link || !this.dialog.open) return;
      this.put(picture);
      this.large(this.links[(this.index + 1) % this.links.length]);
    } catch {
      // The small one stays; opening the original says why.
    }
  }

  fit() {
    const { width, height } = this.link.dataset;
    const { clientWidth, clientHeight } = this.stage;
    Object.assign(this.picture, fitted(Number(width), Number(height), { width: clientWidth, height: clientHeight }));
  }

  pressed(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) this.step(step);
    else if (event.key === "Home") this.go(0);
    else if (event.key === "End") this.go(this.links.length - 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** One finger, on a picture that is not enlarged. */
  swiping() {
    let from;
    this.stage.addEventListener("touchstart", ({ touches }) => { from = touches.length === 1 && visualViewport.scale === 1 ? touches[0] : undefined; }, { passive: true });
    this.stage.addEventListener("touchend", ({ changedTouches: [to] }) => {
      if (!from) return;
      const across = to.clientX - from.clientX;
      if (Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(to.clientY - from.clientY)) this.step(across < 0 ? 1 : -1);
      from = undefined;
    }, { passive: true });
  }

  closed() {
    removeEventListener("resize", this.size);
    if (!this.link.isConnected) return;
    this.link.scrollIntoView({ block: "nearest" });
    this.link.focus({ preventScroll: true });
  }
}

/** Who sent it and when, as the page says it around the picture. */
function origin(link) {
  const around = link.closest("message-item, .gallery-file, .card-message");
  const time = around?.querySelector("relative-time");
  return [around?.querySelector(".author, .gallery-author, header b"), time].map((part) => part?.closest("[data-exact]")?.dataset.exact ?? part?.textContent);
}

function button(ariaLabel, name, onclick) {
  return make("button", { type: "button", className: `icon-button lightbox-${name}`, ariaLabel, onclick }, icon(name));
}
