/** Milliseconds before the next try: doubling from half a second to 30 s, spread so that not everybody comes at once. */
export function backoff(attempt, random = Math.random) {
  const ceiling = Math.min(30_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
