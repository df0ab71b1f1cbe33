import { dayKey } from "./time.js";

const RUN = 5 * 60_000;

/** How a row stands to the one above it. Rows are { userId, at, label, day } with `at` in milliseconds. */
export function arrange(above, row) {
  const startsDay = !above || dayKey(above.at) !== dayKey(row.at);
  const sameVoice = above && above.userId === row.userId && above.label === row.label && !above.system && !row.system;
  return { startsDay, continued: Boolean(!startsDay && sameVoice && row.at - above.at < RUN && !row.quotes) };
}
