/** What the window's title says: the count in front, then the place. */
export function windowTitle(place, site, count) {
  return `${count > 0 ? `(${count > 99 ? "99+" : count}) ` : ""}${place} · ${site}`;
}

/** The number for title and badge, from the counts that the server sent: all that is unread, but for what is muted. */
export function total(counts) {
  return counts.reduce((sum, { unread, muted }) => sum + (muted ? 0 : unread), 0);
}

/** What stands beside a channel: mentions and direct messages are loud, the rest is a quiet number. */
export function badge({ unread, mentions, muted, direct }) {
  const loud = direct ? unread : mentions;
  const shown = muted ? mentions : Math.max(unread, mentions);
  return { text: shown ? (shown > 99 ? "99+" : String(shown)) : "", loud: loud > 0, unread: shown > 0 };
}
