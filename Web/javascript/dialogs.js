import { make } from "./page.js";

/** Shows a dialog until it is closed; the browser gives the focus back to where it was. */
export function show(dialog) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.showModal();
  return dialog;
}

/** Asks once, naming the object and the effect. */
export function confirmed(question, action) {
  return new Promise((resolve) => {
    const form = make("form", { method: "dialog" },
      make("p", { textContent: question, id: "question" }),
      make("div", { className: "actions" },
        make("button", { className: "button quiet", textContent: "Cancel", value: "" }),
        make("button", { className: "button danger solid", textContent: action, value: "yes" })));
    const dialog = show(make("dialog", { "aria-labelledby": "question" }, form));
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}

/** A line at the foot of the page, with at most one thing to do about it. Returns what takes it away. */
export function toast(text, { action, act, seconds = 6 } = {}) {
  const box = make("div", { className: "toast", role: "status" }, make("span", { textContent: text }));
  const close = () => {
    clearTimeout(timer);
    box.remove();
  };
  if (action) box.append(make("button", { type: "button", textContent: action, onclick: () => { close(); act(); } }));
  const timer = setTimeout(close, seconds * 1000);
  document.getElementById("toasts").append(box);
  return close;
}
