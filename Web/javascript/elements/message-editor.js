import { toast } from "../dialogs.js";
import { request } from "../http.js";
import { make, me, tell } from "../page.js";
import { isSend } from "../writing/keys.js";

/** Turns a message into a box with its source. Esc leaves it as it was. Afterwards the focus goes back to where it came from. */
export async function edit(row, from) {
  if (row.querySelector(".edit-form")) return;
  let original;
  try {
    ({ message: original } = await request("GET", `/messages/${row.messageId}`));
  } catch (refusal) {
    return toast(refusal.message);
  }
  const text = row.querySelector(".text");
  const field = make("textarea", { value: original.content, maxLength: 10_000, ariaLabel: "Edit message", rows: 1 });
  const form = make("form", { className: "edit-form" }, field,
    make("div", { className: "actions" },
      make("button", { className: "button primary", textContent: "Save" }),
      make("button", { type: "button", className: "button quiet", textContent: "Cancel", onclick: () => close() })));
  const close = () => {
    form.remove();
    row.querySelector(".text").hidden = false;
    from.focus({ preventScroll: true });
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const content = field.value.trim();
    // With files there may be no words.
    if ((!content && !original.files.length) || content === original.content) return close();
    try {
      const { message } = await request("PATCH", `/messages/${row.messageId}`, { content });
      close();
      tell("chat:message", message);
    } catch (refusal) {
      toast(refusal.message);
    }
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (isSend(event, me.enterSends)) form.requestSubmit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  text.hidden = true;
  text.after(form);
  field.focus();
  field.setSelectionRange(field.value.length, field.value.length);
  form.scrollIntoView({ block: "nearest" });
}
