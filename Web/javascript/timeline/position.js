/** Where the reader is in a scroller that starts at its end (`column-reverse`: 0 is the end, upwards is negative). */
const NEAR = 100;

export function isNearEnd(scroller) {
  return -scroller.scrollTop <= NEAR;
}

export function toEnd(scroller) {
  scroller.scrollTop = 0;
}

/** Changes the rows and leaves what is being read exactly where it is; at the end, stays at the end. */
export function holding(scroller, change, { follow = isNearEnd(scroller) } = {}) {
  const anchor = follow ? null : firstVisible(scroller);
  const before = anchor?.getBoundingClientRect().top;
  const result = change();
  if (follow) toEnd(scroller);
  else if (anchor?.isConnected) scroller.scrollTop += anchor.getBoundingClientRect().top - before;
  return result;
}

/** Puts a row a third of the way down. */
export function reveal(scroller, row) {
  const frame = scroller.getBoundingClientRect();
  scroller.scrollTop += row.getBoundingClientRect().top - frame.top - frame.height / 3;
}

export function firstVisible(scroller) {
  const top = scroller.getBoundingClientRect().top;
  return find(scroller.rows, (row) => row.getBoundingClientRect().bottom > top);
}

export function lastVisible(scroller) {
  const bottom = scroller.getBoundingClientRect().bottom;
  const below = find(scroller.rows, (row) => row.getBoundingClientRect().bottom > bottom + 8);
  return below ? below.previousElementSibling : scroller.rows.at(-1);
}

/** The first row for which `test` holds; rows lie in order, so halving is enough. */
function find(rows, test) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(rows[middle])) high = middle;
    else low = middle + 1;
  }
  return rows[low];
}
