import { load } from "../lazy.js";
import { toast } from "../dialogs.js";
import { drafts, icon, make } from "../page.js";

/**
 * The ways that lead files into a box: its button, the clipboard, a drop. What shows and uploads them is fetched when first needed,
 * and belongs to this box alone from then on.
 */
export class Attaching {
  constructor(composer) {
    const { accept } = composer.dataset;
    this.composer = composer;
    this.rules = rulesOf(composer);
    this.input = make("input", { type: "file", multiple: true, hidden: true, accept, ariaLabel: "Files" });
    this.input.addEventListener("change", () => {
      this.take(this.input.files);
      this.input.value = "";
    });
    composer.form.append(this.input);
    composer.querySelector('[data-tool="attach"]').addEventListener("click", () => this.choose());
    composer.field.addEventListener("paste", (event) => this.pasted(event));
    if (drafts.files(composer.key).length) this.open();
  }

  choose() {
    this.input.click();
  }

  /** Takes files in, in this order. */
  async take(files) {
    const chosen = Array.from(files); // the list empties itself with the field
    if (!chosen.length) return;
    const tray = await this.open();
    tray?.add(chosen);
    this.composer.field.focus({ preventScroll: true });
  }

  open() {
    this.opening ??= load("file-tray").then(
      ({ trayOf }) => {
        this.tray = trayOf(this.composer.key, this.rules);
        this.composer.querySelector("label").before(this.tray.element);
        return this.tray;
      },
      () => {
        this.opening = undefined;
        toast("Files cannot be attached now: the server cannot be reached.");
      });
    return this.opening;
  }

  /** What goes with the message that is being sent. */
  handOver() {
    return this.tray?.handOver();
  }

  /** A copied file comes with its name as text; a copied table comes with a picture of itself, and is meant as text. */
  pasted(event) {
    const { files } = event.clipboardData;
    const text = event.clipboardData.getData("text/plain");
    if (!files.length || (text && !Array.from(files).some(({ name }) => text.includes(name)))) return;
    event.preventDefault();
    this.take(Array.from(files, named));
  }
}

/** What the server takes, in bytes, files and media types; all that there is, where nobody can write. */
export function rulesOf({ dataset: { largest = Infinity, most = Infinity, accept = "" } = {} }) {
  return { largest: Number(largest), most: Number(most), types: accept.split(",").filter(Boolean) };
}

/** What a clipboard calls "image.png" is called after the moment. */
function named(file) {
  if (!/^image\.\w+$/.test(file.name)) return file;
  const moment = new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace("T", " ").replaceAll(":", ".");
  return new File([file], `Pasted ${moment}${file.name.slice(5)}`, { type: file.type });
}

/** Files may be dropped anywhere on a conversation or a thread. Beside them nothing happens, instead of the browser opening the file. */
export function start() {
  let target;
  let timer;
  let isOurs = false; // a picture of the page itself is a file to browsers
  document.addEventListener("dragstart", () => { isOurs = true; });
  document.addEventListener("dragend", () => { isOurs = false; });
  const aim = (composer) => {
    clearTimeout(timer);
    if (composer === target) return;
    target = composer;
    document.querySelector(".drop-target")?.remove();
    if (!composer) return;
    const words = make("p", {}, icon("clip"), `Drop files here to send them to ${composer.dataset.place}`);
    composer.closest(".panel-content, main").append(make("div", { className: "drop-target" }, words));
  };
  const on = (name, hear) => document.addEventListener(name, (event) => !isOurs && event.dataTransfer?.types.includes("Files") && hear(event));
  on("dragover", (event) => {
    event.preventDefault();
    aim(composerAt(event.target));
    event.dataTransfer.dropEffect = target ? "copy" : "none";
  });
  // The next element says "over" at once, if there is one.
  on("dragleave", () => {
    clearTimeout(timer);
    timer = setTimeout(aim, 150);
  });
  on("drop", (event) => {
    event.preventDefault();
    aim();
    composerAt(event.target)?.attaching.take(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (event.target === document.body) document.querySelector("main message-composer")?.attaching?.pasted(event);
  });
}

function composerAt(element) {
  const composer = element.closest?.(".panel-content, main")?.querySelector("message-composer");
  return composer?.attaching && composer;
}
