const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escapeHTML(text) {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character]);
}

/** What stands in for a message until the server has rendered it: the text as typed, line breaks kept. */
export function provisional(text) {
  return `<p>${escapeHTML(text.trim()).replace(/\n{2,}/g, "</p><p>").replace(/\n/g, "<br>")}</p>`;
}

/** Puts `mark` around the selection, or takes it off again. */
export function emphasize(text, start, end, mark) {
  const inside = text.slice(start, end);
  const around = text.slice(start - mark.length, start) === mark && text.slice(end, end + mark.length) === mark;
  if (around) {
    return { text: text.slice(0, start - mark.length) + inside + text.slice(end + mark.length), start: start - mark.length, end: end - mark.length };
  }
  return { text: text.slice(0, start) + mark + inside + mark + text.slice(end), start: start + mark.length, end: end + mark.length };
}
