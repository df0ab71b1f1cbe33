import { answer, creation, request } from "../lib/passkeys.js";

/**
 * Buttons that make or use a passkey. They are hidden where the browser knows none, which includes every page that was
 * not loaded over https or from this computer.
 */
export function start() {
  if (!window.PublicKeyCredential || !window.isSecureContext) return;
  document.documentElement.dataset.passkeys = "";
  for (const box of document.querySelectorAll("[data-passkey]")) {
    box.hidden = false;
    box.querySelector("button").addEventListener("click", () => attempt(box));
  }
}

async function attempt(box) {
  const problem = box.querySelector("[role=alert]");
  const { passkey: kind, address, step, returnTo } = box.dataset;
  problem.hidden = true;
  try {
    const options = await post(`${address}/options`, step ? { step } : {});
    const credential = kind === "create"
      ? await navigator.credentials.create({ publicKey: creation(options) })
      : await navigator.credentials.get({ publicKey: request(options) });
    const name = box.querySelector("input[name=name]")?.value;
    const more = Object.fromEntries(Object.entries({ step, return_to: returnTo, name }).filter(([, value]) => value));
    location.assign((await post(address, { ...answer(credential), ...more })).location);
  } catch (error) {
    if (error.proof) return location.assign(error.proof);
    problem.textContent = words(error);
    problem.hidden = false;
  }
}

function words(error) {
  switch (error.name) {
    case "NotAllowedError": return "Nothing happened: it was cancelled, or took too long.";
    case "InvalidStateError": return "This device has a passkey for you already.";
    default: return error.message;
  }
}

async function post(path, fields) {
  const csrf = document.querySelector('meta[name="csrf-token"]').content;
  const response = await fetch(path, {
    method: "POST", credentials: "same-origin", body: JSON.stringify(fields),
    headers: { Accept: "application/json", "Content-Type": "application/json", "X-CSRF-Token": csrf },
  });
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  const error = new Error(body.error ?? `The server answered ${response.status}.`);
  if (body.requires_proof) error.proof = `${document.body.dataset.base}/settings/confirm?return_to=/settings/security`;
  throw error;
}
