/** Says something to those who listen to the page, unless they are typing. */
let lastKey = 0;

document.addEventListener("input", () => { lastKey = Date.now(); });

export function announce(text, { always = false } = {}) {
  if (!always && Date.now() - lastKey < 3000) return;
  document.getElementById("announcer").textContent = text;
}
