import assert from "node:assert/strict";
import { test } from "node:test";
import { Outbox } from "../../Web/javascript/lib/outbox.js";
import { Store } from "./stand-ins.mjs";

const settled = () => new Promise((resolve) => setImmediate(resolve));

function box({ store = new Store(), send }) {
  const seen = [];
  const waits = [];
  let count = 0;
  const outbox = new Outbox({
    store, owner: 1, send, changed: (entry) => seen.push([entry.content, entry.state]),
    later: (run, wait) => waits.push({ run, wait }), nonce: () => `n${(count += 1)}`,
  });
  return { outbox, seen, waits, store };
}

const down = { status: 0, message: "gone" };

test("sends one after the other, in the order they were written", async () => {
  const sent = [];
  const { outbox } = box({ send: async ({ content }) => { await settled(); sent.push(content); return {}; } });
  for (const content of ["a", "b", "c"]) outbox.add({ channelId: 1, content });
  for (let round = 0; round < 10; round += 1) await settled();
  assert.deepEqual(sent, ["a", "b", "c"]);
  assert.deepEqual(outbox.entries, []);
});

test("keeps what could not be sent, and sends it once when the server is back", async () => {
  let isUp = false;
  const sent = [];
  const { outbox, waits } = box({ send: async ({ content, nonce }) => { if (!isUp) throw down; sent.push([content, nonce]); return {}; } });
  outbox.add({ channelId: 1, content: "a" });
  outbox.add({ channelId: 1, content: "b" });
  await settled();
  assert.deepEqual(outbox.entries.map(({ state }) => state), ["stuck", "stuck"]);
  isUp = true;
  await waits[0].run();
  await settled();
  assert.deepEqual(sent, [["a", "n1"], ["b", "n2"]]);
});

test("survives a reload, with the same nonces", async () => {
  const store = new Store();
  const { outbox } = box({ store, send: async () => { throw down; } });
  outbox.add({ channelId: 1, content: "a" });
  await settled();
  const again = box({ store, send: async () => ({}) });
  assert.equal(again.outbox.entries[0].nonce, "n1");
});

test("a refused message stays with its reason and does not hold up the next", async () => {
  const { outbox } = box({ send: async ({ content }) => { if (content === "bad") throw { status: 422, message: "too long" }; return {}; } });
  outbox.add({ channelId: 1, content: "bad" });
  outbox.add({ channelId: 1, content: "good" });
  for (let round = 0; round < 6; round += 1) await settled();
  assert.deepEqual(outbox.entries.map(({ content, state, problem }) => [content, state, problem]), [["bad", "refused", "too long"]]);
});

test("waits as long as the server asks when there was too much", async () => {
  const { outbox, waits } = box({ send: async () => { throw { status: 429, retryAfter: 7 }; } });
  outbox.add({ channelId: 1, content: "a" });
  await settled();
  assert.equal(waits[0].wait, 7000);
  assert.equal(outbox.entries[0].state, "limited");
});

test("does not try again by itself after being signed out", async () => {
  const { outbox, waits } = box({ send: async () => { throw { status: 401 }; } });
  outbox.add({ channelId: 1, content: "a" });
  await settled();
  assert.equal(waits.length, 0);
  assert.equal(outbox.entries.length, 1);
});
