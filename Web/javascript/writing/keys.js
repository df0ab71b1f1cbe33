/** Whether a key press sends. Enter while an input method composes chooses a candidate (229 is what Safari says then). */
export function isSend({ key, keyCode, shiftKey, altKey, isComposing }, enterSends) {
  if (key !== "Enter" || altKey || isComposing || keyCode === 229) return false;
  const soft = matchMedia("(hover: none) and (pointer: coarse)").matches;
  return soft ? false : shiftKey !== enterSends;
}
