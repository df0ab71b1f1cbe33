/** Between JSON, where bytes are base64url, and the browser's own objects, where they are buffers. */

export function creation(options) {
  return {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: named(options.excludeCredentials),
  };
}

export function request(options) {
  return { ...options, challenge: bytes(options.challenge), allowCredentials: named(options.allowCredentials) };
}

/** What the server wants to know of a credential that was made or used. */
export function answer({ rawId, response }) {
  const fields = { credential_id: text(rawId), client_data: text(response.clientDataJSON) };
  if (response.attestationObject) return { ...fields, attestation_object: text(response.attestationObject) };
  return { ...fields, authenticator_data: text(response.authenticatorData), signature: text(response.signature) };
}

function named(credentials) {
  return credentials.map((credential) => ({ ...credential, id: bytes(credential.id) }));
}

export function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

export function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
