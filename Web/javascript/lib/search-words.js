/** What can be written in front of a colon in a search, and what for. */
const FILTERS = [
  ["from:", "who wrote it"], ["in:", "where it was written"], ["has:", "what comes with it"],
  ["before:", "2026-05-17, 2026-05, 2026, today"], ["after:", "2026-05-17, 2026-05, 2026, yesterday"], ["on:", "a day, a month or a year"],
];

const KINDS = [["link", "a link"], ["file", "a file"], ["image", "a picture"], ["video", "a video"], ["audio", "a sound"]];

/** The filter being typed at the caret: { key, query, start, end }; `key` is empty where only its name can be completed. */
export function filterAt(text, caret) {
  const before = text.slice(0, caret);
  const found = /(?:^|\s)-?(?:(from|in|has):([@#]?[^\s:"]*)|(\p{L}{2,6}))$/iu.exec(before);
  if (!found) return null;
  const [, key = "", value, name] = found;
  const query = key ? value : name;
  return { key: key.toLowerCase(), query, start: caret - query.length, end: caret };
}

/** What it can become: [{ text, label, detail }]. `rank(query, candidates, names)` gives the best of them. */
export function suggestions({ key, query }, { channels, users }, rank) {
  const plain = query.replace(/^[@#]/, "");
  if (key === "has") return KINDS.filter(([kind]) => kind.startsWith(query.toLowerCase())).map(([kind, detail]) => ({ text: kind, label: `has:${kind}`, detail }));
  const people = users.map(({ username, display_name: name }) => ({ text: key === "in" ? `@${username}` : username, label: name, detail: `@${username}`, names: [username, name] }));
  if (key === "from") return rank(plain, [...people, { text: "me", label: "You", detail: "from:me", names: ["me"] }], ({ names }) => names);
  if (key === "in") {
    const rooms = channels.filter(({ type }) => type !== "dm").map(({ name }) => ({ text: `#${name}`, label: `#${name}`, names: [name] }));
    const asked = { "@": people, "#": rooms }[query[0]] ?? [...rooms, ...people];
    return rank(plain, asked, ({ names }) => names);
  }
  return FILTERS.filter(([name]) => name.startsWith(query.toLowerCase())).map(([name, detail]) => ({ text: name, label: name, detail, isOpen: true }));
}

/** The text with the filter written out, and where the caret goes. */
export function completed(text, { start, end }, { text: written, isOpen }) {
  const after = text.slice(end);
  const gap = isOpen || after.startsWith(" ") ? "" : " ";
  return { text: text.slice(0, start) + written + gap + after, caret: start + written.length + (isOpen ? 0 : 1) };
}
