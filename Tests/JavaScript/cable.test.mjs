import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Cable } from "../../Web/javascript/cable.js";
import { Timers } from "./stand-ins.mjs";

class Socket {
  static all = [];
  sent = [];

  constructor(address, protocols) {
    Object.assign(this, { address, protocols });
    Socket.all.push(this);
  }

  send(text) { this.sent.push(JSON.parse(text)); }
  close() { this.isClosed = true; }
  says(frame) { this.onmessage({ data: JSON.stringify(frame) }); }
}

let timers, cable;
const last = () => Socket.all.at(-1);

beforeEach(() => {
  Socket.all = [];
  timers = new Timers();
  cable = new Cable("ws://house/cable", { Socket, timers });
});

test("speaks actioncable and subscribes after the welcome", () => {
  cable.subscribe({ channel: "ChatChannel" }, {});
  cable.open();
  assert.deepEqual(last().protocols, ["actioncable-v1-json", "actioncable-unsupported"]);
  assert.equal(last().sent.length, 0);
  last().says({ type: "welcome" });
  assert.deepEqual(last().sent, [{ command: "subscribe", identifier: '{"channel":"ChatChannel"}' }]);
});

test("hands each message to its subscription", () => {
  const heard = [];
  const line = cable.subscribe({ channel: "A" }, { received: (message) => heard.push(message) });
  cable.open();
  last().says({ type: "welcome" });
  last().says({ identifier: '{"channel":"A"}', message: { type: "message" } });
  last().says({ identifier: '{"channel":"B"}', message: { type: "other" } });
  last().says({ type: "ping", message: 1 });
  assert.deepEqual(heard, [{ type: "message" }]);
  line.perform("typing", { typing: true });
  assert.deepEqual(JSON.parse(last().sent.at(-1).data), { action: "typing", typing: true });
});

test("comes back after a loss and says so again after each confirmation", async () => {
  let confirmations = 0;
  cable.subscribe({ channel: "A" }, { confirmed: () => { confirmations += 1; } });
  cable.open();
  last().says({ type: "welcome" });
  last().says({ type: "confirm_subscription", identifier: '{"channel":"A"}' });
  const downs = [];
  cable.addEventListener("down", ({ detail }) => downs.push(detail.attempt));
  last().onclose();
  await timers.pass(1000);
  assert.equal(Socket.all.length, 2);
  last().says({ type: "welcome" });
  last().says({ type: "confirm_subscription", identifier: '{"channel":"A"}' });
  assert.equal(confirmations, 2);
  assert.deepEqual(downs, [1]);
});

test("a line without pings is dead", async () => {
  cable.open();
  last().says({ type: "welcome" });
  const first = last();
  await timers.pass(8000);
  assert.ok(first.isClosed);
  await timers.pass(1000);
  assert.equal(Socket.all.length, 2);
});

test("what an old socket still says is not heard", async () => {
  const heard = [];
  cable.subscribe({ channel: "A" }, { received: (message) => heard.push(message) });
  cable.open();
  const old = last();
  const say = old.onmessage;
  old.onclose();
  await timers.pass(1000);
  say({ data: JSON.stringify({ identifier: '{"channel":"A"}', message: 1 }) });
  assert.deepEqual(heard, []);
});

test("does not come back when told not to", async () => {
  let refused = 0;
  cable.addEventListener("refused", () => { refused += 1; });
  cable.open();
  last().says({ type: "disconnect", reason: "unauthorized", reconnect: false });
  await timers.pass(60_000);
  cable.nudge();
  assert.equal(Socket.all.length, 1);
  assert.equal(refused, 1);
});
