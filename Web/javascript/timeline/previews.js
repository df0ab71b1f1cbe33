import { here, template } from "../page.js";

/** Fills the list of pages that a message links to, or takes it away. */
export function fillPreviews(item, previews = []) {
  const list = item.querySelector(".previews");
  if (previews.length) list.replaceChildren(...previews.map(card));
  else list.remove();
}

function card(preview) {
  const entry = template("preview-template");
  entry.dataset.previewId = preview.id;
  entry.querySelector("a").href = preview.url;
  const image = entry.querySelector("img");
  if (preview.image_url) Object.assign(image, { width: preview.image_width, height: preview.image_height, src: here(preview.image_url) });
  else image.remove();
  for (const [name, words] of [["site", preview.site_name], ["title", preview.title], ["summary", preview.description]]) {
    const part = entry.querySelector(`.preview-${name}`);
    if (words) part.textContent = words;
    else part.remove();
  }
  return entry;
}
