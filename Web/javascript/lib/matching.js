/** Letters compared without accents and capitals. */
export function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** How well `query` fits `text`, 0 for not at all: start, start of a word, inside, letters in order, a slip of the finger. */
export function score(query, text) {
  const wanted = fold(query);
  const given = fold(text);
  if (!wanted) return 1;
  if (given === wanted) return 100;
  if (given.startsWith(wanted)) return 90;
  if (given.split(/[\s._-]+/).some((word) => word.startsWith(wanted))) return 70;
  if (given.includes(wanted)) return 50;
  if (wanted.length >= 2 && inOrder(wanted, given)) return 30;
  const allowed = wanted.length < 3 ? 0 : wanted.length < 6 ? 1 : 2;
  return allowed && given.split(/[\s._-]+/).some((word) => slips(wanted, word.slice(0, wanted.length + 1)) <= allowed) ? 20 : 0;
}

/** Where a wrong guess would be sent before anybody saw it, only what contains the letters in a row counts. */
export const CONTAINED = 50;

/** The best of `candidates`, best first; equals stay in their order. `names(candidate)` gives the texts to look at. */
export function rank(query, candidates, names, { limit = 8, least = 1 } = {}) {
  return candidates
    .map((candidate) => ({ candidate, value: Math.max(...names(candidate).map((name) => score(query, name ?? ""))) }))
    .filter(({ value }) => value >= least)
    .sort((a, b) => b.value - a.value)
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

function inOrder(wanted, given) {
  let position = 0;
  for (const letter of given) if (letter === wanted[position]) position += 1;
  return position === wanted.length;
}

/** Letters to change, add, drop or swap (optimal string alignment); the end of `given` may be left over. */
function slips(wanted, given) {
  const table = Array.from({ length: wanted.length + 1 }, (_, row) => [row]);
  for (let column = 0; column <= given.length; column += 1) table[0][column] = column;
  for (let row = 1; row <= wanted.length; row += 1) {
    for (let column = 1; column <= given.length; column += 1) {
      const same = wanted[row - 1] === given[column - 1] ? 0 : 1;
      let least = Math.min(table[row - 1][column] + 1, table[row][column - 1] + 1, table[row - 1][column - 1] + same);
      const swapped = row > 1 && column > 1 && wanted[row - 1] === given[column - 2] && wanted[row - 2] === given[column - 1];
      if (swapped) least = Math.min(least, table[row - 2][column - 2] + 1);
      table[row][column] = least;
    }
  }
  return Math.min(...table[wanted.length]);
}
