/** Not crypto.randomUUID: that one is missing where a household is reached by plain HTTP. */
export function randomHex(bytes) {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
