import { fold } from "./matching.js";

export const QUICK = ["👍", "❤️", "😂"];

/** Emoji whose name has all the words, those that start with the query first. */
export function searchEmoji(list, query, limit = 60) {
  const words = fold(query).split(/[\s_]+/).filter(Boolean);
  const hits = list.filter(([, name]) => words.every((word) => fold(name).includes(word)));
  const starts = ([, name]) => (fold(name).startsWith(words[0] ?? "") ? 0 : 1);
  return hits.sort((a, b) => starts(a) - starts(b)).slice(0, limit);
}

export function grouped(list) {
  return Map.groupBy ? Map.groupBy(list, (entry) => entry[2]) : list.reduce((map, entry) => map.set(entry[2], [...(map.get(entry[2]) ?? []), entry]), new Map());
}
