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

const there = (id) => ({ name: `${id}.png`, size: 1, type: "image/png", file: { id }, until: Number.MAX_SAFE_INTEGER });
const missing = (name) => ({ name, size: 1, type: "image/png", file: null, until: 0 });

async function rounds() {
  for (let round = 0; round < 10; round += 1) await settled();
}

test("waits for the files of a message, and so does what was written after it in the same place", async () => {
  const sent = [];
  const { outbox } = box({ send: async ({ content, files }) => { sent.push([content, files?.map(({ file }) => file.id)]); return {}; } });
  outbox.add({ channelId: 1, content: "photo", batch: "b", files: [missing("a")] });
  outbox.add({ channelId: 1, content: "that was it" });
  outbox.add({ channelId: 2, content: "elsewhere" });
  outbox.add({ channelId: 1, threadId: 9, content: "in a thread" });
  await rounds();
  assert.deepEqual(sent.map(([content]) => content), ["elsewhere", "in a thread"]);
  outbox.supply("b", [there(5)]);
  await rounds();
  assert.deepEqual(sent.slice(2), [["photo", [5]], ["that was it", undefined]]);
  assert.deepEqual(outbox.entries, []);
});

test("a file that needs somebody to look at it holds up nothing else", async () => {
  const sent = [];
  const { outbox } = box({ send: async ({ content }) => { sent.push(content); return {}; } });
  outbox.add({ channelId: 1, content: "photo", batch: "b", files: [missing("a"), there(1)] });
  outbox.add({ channelId: 1, content: "next" });
  outbox.supply("b", [missing("a"), there(1)], "“a” is missing.");
  await rounds();
  assert.deepEqual(sent, ["next"]);
  assert.deepEqual(outbox.entries.map(({ state, problem }) => [state, problem]), [["unfinished", "“a” is missing."]]);
  outbox.supply("b", [there(1)]);
  await rounds();
  assert.deepEqual(sent, ["next", "photo"]);
});

test("nothing goes out when neither words nor files are left", async () => {
  const sent = [];
  const { outbox, seen } = box({ send: async ({ content }) => { sent.push(content); return {}; } });
  outbox.add({ channelId: 1, content: "", batch: "b", files: [missing("a")] });
  outbox.supply("b", []);
  await rounds();
  assert.deepEqual(sent, []);
  assert.deepEqual(outbox.entries, []);
  assert.deepEqual(seen.at(-1), ["", "dropped"]);
});

test("without a server it keeps files that are there, and leaves those that are not to their uploads", async () => {
  let isUp = false;
  const sent = [];
  const { outbox, waits } = box({ send: async ({ content }) => { if (!isUp) throw down; sent.push(content); return {}; } });
  outbox.add({ channelId: 1, content: "both there", batch: "a", files: [there(1), there(2)] });
  outbox.add({ channelId: 2, content: "not there", batch: "b", files: [missing("x")] });
  await rounds();
  assert.deepEqual(outbox.entries.map(({ state }) => state), ["stuck", "uploading"]);
  isUp = true;
  await waits[0].run();
  await rounds();
  assert.deepEqual(sent, ["both there"]);
});

test("a file that waited for too long has to be chosen again", async () => {
  const sent = [];
  const { outbox } = box({ send: async ({ content }) => { sent.push(content); return {}; } });
  outbox.add({ channelId: 1, content: "old", batch: "b", files: [{ ...there(1), until: 1 }, there(2)] });
  await rounds();
  assert.deepEqual(sent, []);
  assert.deepEqual(outbox.entries[0].files.map(({ file }) => file?.id ?? null), [null, 2]);
  assert.equal(outbox.entries[0].state, "unfinished");
});
