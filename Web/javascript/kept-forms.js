import { Shelf } from "./lib/storage.js";
import { me } from "./page.js";

const SECRET = ["password", "hidden", "file", "submit", "button"];
const shelf = () => new Shelf(sessionStorage, me.id, "form");

/**
 * What was typed into a form marked `data-kept` is there again after a refusal, and after the server has asked who it is.
 * It waits in this tab until then, or until another page is looked at. Secrets are typed again.
 */
export function start() {
  if (location.pathname.endsWith("/settings/confirm")) return;
  const isConfirmed = new URLSearchParams(location.search).get("done") === "confirmed";
  const isRefused = document.querySelector("main .notice.problem") !== null;
  for (const action of shelf().keys()) {
    const { values, isOwed } = JSON.parse(shelf().get(action));
    const form = [...document.querySelectorAll("form[data-kept]")].find((form) => form.getAttribute("action") === action);
    if (form && (isConfirmed || isRefused || isOwed)) fill(form, values);
    // After the question the way may lead over a list to the page with the form.
    keep(action, isConfirmed && !form ? { values, isOwed: true } : null);
  }
  document.addEventListener("submit", ({ target }) => {
    if (target.matches("[data-kept]")) keep(target.getAttribute("action"), { values: typed(target), isOwed: false });
  });
}

function keep(action, form) {
  shelf().set(action, form && JSON.stringify(form));
}

function fields(form) {
  return [...form.elements].filter((field) => field.name && !SECRET.includes(field.type));
}

function isTicked(field) {
  return ["checkbox", "radio"].includes(field.type);
}

function typed(form) {
  return fields(form).map((field) => [field.name, field.value, isTicked(field) && field.checked]);
}

function fill(form, kept) {
  const left = [...kept];
  for (const field of fields(form)) {
    const at = left.findIndex(([name, value]) => name === field.name && (!isTicked(field) || value === field.value));
    if (at < 0) continue;
    const [[, value, checked]] = left.splice(at, 1);
    if (isTicked(field)) field.checked = checked;
    else field.value = value;
  }
}
