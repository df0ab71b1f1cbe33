import { fold } from "./matching.js";

export const QUICK = ["👍", "❤️", "😂"];

/** Words that people learned elsewhere, in the words of Unicode's names. */
const ALIASES = {
  tada: "party popper", thumbsup: "thumbs up", "+1": "thumbs up", thumbsdown: "thumbs down", "-1": "thumbs down", heart: "red heart",
  joy: "face with tears of joy", smile: "smiling face", laughing: "squinting face", cry: "crying face", ok: "ok hand", clap: "clapping hands",
  pray: "folded hands", wave: "waving hand", check: "check mark", x: "cross mark", poop: "pile of poo", hundred: "hundred points",
};

/** Emoji whose name has all the words, those that start with the query first. */
export function searchEmoji(list, query, limit = 60) {
  const words = fold(ALIASES[query.toLowerCase()] ?? query).split(/[\s_]+/).filter(Boolean);
  const hits = list.filter(([, name]) => words.every((word) => fold(name).includes(word)));
  const starts = ([, name]) => (fold(name).startsWith(words[0] ?? "") ? 0 : 1);
  return hits.sort((a, b) => starts(a) - starts(b)).slice(0, limit);
}

export function grouped(list) {
  return Map.groupBy ? Map.groupBy(list, (entry) => entry[2]) : list.reduce((map, entry) => map.set(entry[2], [...(map.get(entry[2]) ?? []), entry]), new Map());
}
