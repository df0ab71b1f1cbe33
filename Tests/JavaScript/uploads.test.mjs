import assert from "node:assert/strict";
import { test } from "node:test";
import { Batch, KEPT, Uploads } from "../../Web/javascript/lib/uploads.js";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const file = (name, size = 1000, type = "image/png") => ({ name, size, type });
const rules = { largest: 5000, most: 4, words: "5 KB", kinds: "PNG or text" };

/** A server that answers when it is told to, and remembers what it was asked. */
function line() {
  const calls = [];
  const withdrawn = [];
  const waits = [];
  const heard = [];
  let time = 1_000_000;
  const send = (blob, progress) => {
    const call = { name: blob.name, progress, stopped: false };
    const done = new Promise((resolve, reject) => Object.assign(call, {
      succeed: (id) => resolve({ id, filename: blob.name }), fail: reject,
    }));
    calls.push(call);
    return { done, stop: () => { call.stopped = true; call.fail({ status: 0 }); } };
  };
  const uploads = new Uploads({ send, withdraw: ({ id }) => withdrawn.push(id), later: (run, wait) => waits.push({ run, wait }), now: () => time });
  const batch = new Batch(uploads, rules, (_, item) => heard.push(item && [item.name, item.state]));
  const pending = () => calls.filter((call) => !call.isOver).map(({ name }) => name);
  const answer = async (name, how) => {
    const call = calls.findLast((one) => one.name === name);
    call.isOver = true;
    how(call);
    await settled();
  };
  return { uploads, batch, calls, withdrawn, waits, heard, pending, answer, pass: (milliseconds) => { time += milliseconds; } };
}

const states = ({ items }) => items.map(({ name, state }) => `${name} ${state}`);

test("three go at once, and the next begins when one is there, in the order chosen", async () => {
  const { batch, pending, answer } = line();
  batch.add(["a", "b", "c", "d"].map((name) => file(name)));
  assert.deepEqual(pending(), ["a", "b", "c"]);
  await answer("b", (call) => call.succeed(2));
  assert.deepEqual(pending(), ["a", "c", "d"]);
  for (const [name, id] of [["d", 4], ["c", 3], ["a", 1]]) await answer(name, (call) => call.succeed(id));
  assert.deepEqual(batch.records.map((one) => one.file.id), [1, 2, 3, 4]);
  assert.equal(batch.isReady, true);
});

test("the boxes of a page share the three", () => {
  const { uploads, batch, pending } = line();
  const other = new Batch(uploads, rules, () => {});
  batch.add([file("a"), file("b")]);
  other.add([file("c"), file("d")]);
  assert.deepEqual(pending(), ["a", "b", "c"]);
});

test("says how far each is", () => {
  const { batch, calls } = line();
  batch.add([file("a"), file("b")]);
  calls[0].progress(0.25);
  calls[1].progress(0.5);
  assert.deepEqual(batch.items.map(({ share }) => share), [0.25, 0.5]);
});

test("one that is cancelled is stopped, and makes room", async () => {
  const { batch, calls, pending } = line();
  batch.add(["a", "b", "c", "d"].map((name) => file(name)));
  calls[1].isOver = true;
  batch.remove(batch.items[1]);
  await settled();
  assert.equal(calls[1].stopped, true);
  assert.deepEqual(pending(), ["a", "c", "d"]);
  assert.deepEqual(states(batch), ["a running", "c running", "d running"]);
});

test("one that is cancelled before its turn never goes out", async () => {
  const { batch, calls, answer } = line();
  batch.add(["a", "b", "c", "d"].map((name) => file(name)));
  batch.remove(batch.items[3]);
  await answer("a", (call) => call.succeed(1));
  assert.deepEqual(calls.map(({ name }) => name), ["a", "b", "c"]);
});

test("what is taken away after it arrived is taken back from the server too", async () => {
  const { batch, answer, withdrawn } = line();
  batch.add([file("a")]);
  await answer("a", (call) => call.succeed(7));
  batch.remove(batch.items[0]);
  assert.deepEqual(withdrawn, [7]);
});

test("a cut line does not lose it: it goes on when the server is back, or when somebody says so", async () => {
  const { uploads, batch, calls, answer } = line();
  batch.add([file("a"), file("b")]);
  await answer("a", (call) => call.fail({ status: 0, message: "gone" }));
  assert.deepEqual(states(batch), ["a stuck", "b running"]);
  assert.equal(batch.isBusy, true);
  batch.retry(batch.items[0]);
  assert.equal(calls.length, 3);
  await answer("a", (call) => call.fail({ status: 0, message: "gone" }));
  uploads.resume();
  await answer("a", (call) => call.succeed(1));
  assert.deepEqual(states(batch), ["a done", "b running"]);
});

test("what hangs on a dead line begins anew when there is another", async () => {
  const { uploads, batch, calls, answer, pass } = line();
  batch.add([file("hangs"), file("moves")]);
  pass(31_000);
  calls[1].progress(0.5);
  uploads.resume();
  await settled();
  assert.deepEqual(calls.map(({ name, stopped }) => `${name} ${stopped}`), ["hangs true", "moves false", "hangs false"]);
  await answer("hangs", (call) => call.succeed(1));
  assert.deepEqual(states(batch), ["hangs done", "moves running"]);
  assert.equal(uploads.running.size, 1);
});

test("what the server refuses stays with its reason, and is not tried again", async () => {
  const { uploads, batch, calls, answer } = line();
  batch.add([file("a.exe")]);
  await answer("a.exe", (call) => call.fail({ status: 415, message: "files of this kind are not taken here" }));
  uploads.resume();
  assert.equal(calls.length, 1);
  assert.equal(batch.items[0].problem, "Not a kind that is taken here: only PNG or text.");
  assert.equal(batch.items[0].canRetry, false);
});

test("a full disk may be tried again by hand", async () => {
  const { batch, answer } = line();
  batch.add([file("a")]);
  await answer("a", (call) => call.fail({ status: 507, message: "no space is left" }));
  assert.deepEqual([batch.items[0].state, batch.items[0].canRetry], ["refused", true]);
  batch.retry(batch.items[0]);
  await answer("a", (call) => call.succeed(1));
  assert.equal(batch.isReady, true);
});

test("waits as long as the server asks when there was too much", async () => {
  const { batch, waits, answer } = line();
  batch.add([file("a")]);
  await answer("a", (call) => call.fail({ status: 429, retryAfter: 7, message: "too many requests" }));
  assert.equal(waits[0].wait, 7000);
  assert.match(batch.items[0].problem, /7 s/);
  waits[0].run();
  await answer("a", (call) => call.succeed(1));
  assert.equal(batch.isReady, true);
});

test("what is too large, empty or one too many is said before it is sent", () => {
  const { batch, pending } = line();
  batch.add([file("large", 5001), file("empty", 0), ...["a", "b", "c", "d", "e"].map((name) => file(name))]);
  const problems = Object.fromEntries(batch.items.map(({ name, problem }) => [name, problem]));
  assert.deepEqual(problems, {
    large: "Larger than 5 KB.", empty: "This file is empty.", a: "", b: "", c: "", d: "", e: "A message has at most 4 files.",
  });
  assert.deepEqual(pending(), ["a", "b", "c"]);
});

test("a message takes what is there and on its way, in order, and leaves what cannot go", async () => {
  const { batch, answer } = line();
  batch.add([file("a"), file("large", 9000), file("b")]);
  await answer("a", (call) => call.succeed(1));
  const sent = batch.handOver();
  assert.deepEqual(states(sent), ["a done", "b running"]);
  assert.deepEqual(states(batch), ["large refused"]);
  await answer("b", (call) => call.succeed(2));
  assert.deepEqual(sent.records.map((one) => one.file.id), [1, 2]);
  assert.equal(batch.handOver(), null);
});

test("another page goes on with what is there, and says what has to be chosen again", async () => {
  const { uploads, batch, answer } = line();
  batch.add([file("a"), file("b"), file("large", 9000)]);
  await answer("a", (call) => call.succeed(1));
  const kept = JSON.parse(JSON.stringify(batch.kept));
  const restored = Batch.restored(uploads, rules, () => {}, kept);
  assert.deepEqual(states(restored), ["a done", "b lost"]);
  restored.replace(restored.items[1], file("b2"));
  await answer("b2", (call) => call.succeed(3));
  assert.deepEqual(restored.records.map((one) => one.file.id), [1, 3]);
});

test("the server keeps what waits for a day, and so does the page", async () => {
  const { uploads, batch, answer, pass } = line();
  batch.add([file("a")]);
  await answer("a", (call) => call.succeed(1));
  pass(KEPT + 1);
  assert.deepEqual(states(Batch.restored(uploads, rules, () => {}, batch.kept)), ["a lost"]);
});
