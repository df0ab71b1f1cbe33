const SIGNS = { "@": "people", "#": "channels", ":": "emoji" };

/** The word being typed at the caret, if it is one that can be completed: { kind, query, start, end }. */
export function wordAt(text, caret) {
  const before = text.slice(0, caret);
  const command = /^\/([a-z0-9-]{0,30})$/i.exec(before);
  if (command) return { kind: "commands", query: command[1], start: 0, end: caret };
  const found = /(^|[\s(>])([@#:])([\p{L}\p{N}_+-]{0,50})$/u.exec(before);
  if (!found) return null;
  const [, , sign, query] = found;
  if (sign === ":" && query.length < 2) return null;
  return { kind: SIGNS[sign], query, start: caret - query.length - 1, end: caret };
}

/** The text with the word replaced, and where the caret goes. */
export function complete(text, word, replacement) {
  const after = text.slice(word.end);
  const gap = after.startsWith(" ") ? "" : " ";
  return { text: text.slice(0, word.start) + replacement + gap + after, caret: word.start + replacement.length + 1 };
}
