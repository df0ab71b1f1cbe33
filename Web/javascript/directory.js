import { assets, tell } from "./page.js";
import { request } from "./http.js";

/** Channels and people to find and to complete. Asked for once, and again after each reconnect. */
let pending;

export function directory() {
  pending ??= load();
  return pending;
}

async function load() {
  try {
    const found = await request("GET", "/switcher");
    tell("chat:directory", found);
    if (found.assets && found.assets !== assets) tell("chat:outdated");
    return found;
  } catch {
    pending = undefined;
    return { channels: [], users: [] };
  }
}

// Somebody new is here.
document.addEventListener("chat:presence", async ({ detail }) => {
  const known = await pending;
  if (known && !known.users.some(({ id }) => id === detail.id)) pending = undefined;
});

document.addEventListener("chat:connected", () => {
  pending = undefined;
  directory();
});
