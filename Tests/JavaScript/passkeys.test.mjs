import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, bytes, creation, request, text } from "../../Web/javascript/lib/passkeys.js";

test("bytes go to text and back, without letters that addresses do not take", () => {
  const all = Uint8Array.from({ length: 256 }, (_, index) => index);
  for (let count = 0; count <= 256; count += 1) {
    const some = all.slice(256 - count);
    assert.match(text(some.buffer), /^[\w-]*$/);
    assert.deepEqual(bytes(text(some.buffer)), some);
  }
});

test("options get their buffers and keep the rest", () => {
  const made = creation({ challenge: "AQI", user: { id: "Aw", name: "ben" }, excludeCredentials: [{ id: "BA", type: "public-key" }], timeout: 1 });
  assert.deepEqual([made.challenge, made.user, made.timeout], [Uint8Array.of(1, 2), { id: Uint8Array.of(3), name: "ben" }, 1]);
  assert.deepEqual(made.excludeCredentials, [{ id: Uint8Array.of(4), type: "public-key" }]);
  assert.deepEqual(request({ challenge: "AQ", allowCredentials: [] }), { challenge: Uint8Array.of(1), allowCredentials: [] });
});

test("an answer says what was made, or what was used", () => {
  const buffer = Uint8Array.of(1).buffer;
  const response = { clientDataJSON: buffer };
  assert.deepEqual(answer({ rawId: buffer, response: { ...response, attestationObject: buffer } }),
    { credential_id: "AQ", client_data: "AQ", attestation_object: "AQ" });
  assert.deepEqual(answer({ rawId: buffer, response: { ...response, authenticatorData: buffer, signature: buffer } }),
    { credential_id: "AQ", client_data: "AQ", authenticator_data: "AQ", signature: "AQ" });
});
