/**
 * Finds out whether this device trusts the server: it asks for an answer over https, which the browser gives to this page only
 * if it believes the certificate. Asks again while somebody is at it, and when they come back from the settings.
 */
const pause = 3000;
const status = document.getElementById("trust-check");
let timer;

function say(text, isDone) {
  if (status.textContent !== text) status.textContent = text;
  status.hidden = false;
  status.classList.toggle("done", isDone);
}

async function isTrusted() {
  try {
    const answer = await fetch(status.dataset.address, { cache: "no-store", credentials: "omit", mode: "cors" });
    return (await answer.json()).secure === true;
  } catch {
    return false;
  }
}

async function look() {
  clearTimeout(timer);
  if (document.visibilityState !== "visible") return;
  if (await isTrusted()) return say(status.dataset.done, true);
  say("This device does not trust it yet. This line changes by itself.", false);
  clearTimeout(timer);
  timer = setTimeout(look, pause);
}

if (status) {
  document.addEventListener("visibilitychange", () => {
    if (!status.classList.contains("done")) look();
  });
  look();
}
