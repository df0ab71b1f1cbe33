import { isPicture, pictureOf, sizeWords, summary, typeWords } from "../lib/files.js";
import { here, icon, template } from "../page.js";

/** Fills the lists of a message's files, or takes them away. */
export function fillFiles(item, files = []) {
  fill(item, ".pictures", files.filter(isPicture).map(picture));
  fill(item, ".attachments", files.filter((file) => !isPicture(file)).map(attachment));
}

/** What to call a message: its words, or else what it came with. `all`: both. */
export function wordsOf(item, { all = false } = {}) {
  const text = item.querySelector(".text").textContent.trim();
  if (text && !all) return text;
  const pictures = Array.from(item.querySelectorAll(".picture a"), () => ({ kind: "image" }));
  const others = Array.from(item.querySelectorAll(".attachment"), (entry) => ({
    kind: entry.querySelector("video, audio")?.localName ?? "document", filename: entry.querySelector(".file-name").textContent,
  }));
  return [text, summary([...pictures, ...others])].filter(Boolean).join(" – ");
}

function fill(item, selector, entries) {
  const list = item.querySelector(selector);
  if (entries.length) list.replaceChildren(...entries);
  else list.remove();
}

function picture(file) {
  const entry = template("picture-template");
  const { source, still, width, height } = pictureOf(file);
  const link = entry.querySelector("a");
  link.href = here(file.url);
  Object.assign(link.dataset, { fileId: file.id, width: file.width, height: file.height, name: file.filename });
  const image = entry.querySelector("img");
  Object.assign(image, { alt: file.filename, width, height, src: here(source) });
  if (still) entry.querySelector("source").setAttribute("srcset", here(still));
  else entry.querySelector("source").remove();
  if (!file.animated) entry.querySelector(".moves").remove();
  return entry;
}

function attachment(file) {
  const entry = template("attachment-template");
  const preview = file.thumbnail_url && here(file.thumbnail_url);
  for (const player of entry.querySelectorAll("video, audio")) {
    if (player.localName !== file.kind) player.remove();
    else {
      if (preview && file.kind === "video") player.setAttribute("poster", preview);
      player.ariaLabel = file.filename;
      player.setAttribute("src", here(file.url));
    }
  }
  const link = entry.querySelector(".file-link");
  link.href = here(file.url);
  link.dataset.fileId = file.id;
  if (file.content_type !== "application/pdf" && file.kind !== "image") {
    link.removeAttribute("target");
    link.removeAttribute("rel");
  }
  const image = entry.querySelector(".file-preview");
  if (preview && !entry.querySelector("video, audio")) image.src = preview;
  else image.replaceWith(icon("file"));
  entry.querySelector(".file-name").textContent = file.filename;
  entry.querySelector(".small").textContent = `${typeWords(file.filename, file.content_type)} · ${sizeWords(file.byte_size)}`;
  const save = entry.querySelector("[download]");
  Object.assign(save, { href: here(file.url), download: file.filename, ariaLabel: `Download ${file.filename}` });
  return entry;
}
