import { Refusal, csrf } from "../http.js";
import { url } from "../page.js";

/** An answer that is not ours comes from something in front of the server. */
function strangers(status) {
  return status === 413 ? "Too large for a proxy in front of the server." : `The server answered ${status}.`;
}

/** Sends one file. By XMLHttpRequest: fetch does not say how much has gone out. */
export function transfer(blob, progress) {
  const call = new XMLHttpRequest();
  const done = new Promise((resolve, reject) => {
    call.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 0));
    call.addEventListener("load", () => {
      const answer = call.response;
      if (call.status === 201 && answer?.files?.length) resolve(answer.files[0]);
      else reject(new Refusal(call.status, answer?.error ?? strangers(call.status), Number(call.getResponseHeader("Retry-After")) || 0));
    });
    for (const end of ["error", "abort", "timeout"]) call.addEventListener(end, () => reject(new Refusal(0, "The server cannot be reached.")));
  });
  const form = new FormData();
  form.append("file", blob, blob.name);
  call.open("POST", url("/files"));
  call.responseType = "json";
  call.setRequestHeader("Accept", "application/json");
  call.setRequestHeader("X-CSRF-Token", csrf);
  call.send(form);
  return { done, stop: () => call.abort() };
}
