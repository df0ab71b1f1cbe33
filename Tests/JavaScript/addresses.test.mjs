import assert from "node:assert/strict";
import { test } from "node:test";
import { reachedHere } from "../../Web/javascript/lib/addresses.js";

const ingress = "/api/hassio_ingress/t0ken";

test("a link from the cable leads the way that the page came", () => {
  assert.equal(reachedHere("/dm/ana", "", ingress), `${ingress}/dm/ana`);
  assert.equal(reachedHere("/chat/channels/3", "/chat", ingress), `${ingress}/channels/3`);
});

test("a link that leads here already is left alone", () => {
  assert.equal(reachedHere(`${ingress}/dm/ana`, "", ingress), `${ingress}/dm/ana`);
  assert.equal(reachedHere("/dm/ana", "", ""), "/dm/ana");
  assert.equal(reachedHere("/chat/dm/ana", "/chat", "/chat"), "/chat/dm/ana");
});

test("a path that only begins like the base is not below it", () => {
  assert.equal(reachedHere("/chatter", "/chat", ingress), `${ingress}/chatter`);
});

test("other places stay where they are", () => {
  for (const address of ["https://example.org/dm/ana", "//example.org/x", "mailto:ana@example.org", "#top", ""]) {
    assert.equal(reachedHere(address, "", ingress), address);
  }
});
