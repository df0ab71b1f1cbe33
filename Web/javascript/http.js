import { tell, url } from "./page.js";

/** The server said no (status), or could not be reached (status 0). */
export class Refusal extends Error {
  constructor(status, message, retryAfter, requiresProof = false) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
    this.requiresProof = requiresProof;
  }
}

export const csrf = document.querySelector('meta[name="csrf-token"]').content;

export async function request(method, path, fields, options = {}) {
  const headers = { Accept: "application/json", "X-CSRF-Token": csrf };
  if (fields) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(url(path), { method, headers, body: fields && JSON.stringify(fields), credentials: "same-origin", ...options });
  } catch {
    throw new Refusal(0, "The server cannot be reached.");
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body) return body;
  if (response.status === 401) tell("chat:signed-out");
  const wait = Number(response.headers.get("Retry-After")) || 0;
  throw new Refusal(response.status, body?.error ?? `The server answered ${response.status}.`, wait, body?.requires_proof);
}

/** Part of a page of the server, for the panel beside the conversation. */
export async function fragment(path, selector) {
  const response = await fetch(path, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!response.ok) throw new Refusal(response.status, "This cannot be shown.");
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  return document.importNode(page.querySelector(selector), true);
}
