import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts } from "../../Web/javascript/lib/drafts.js";
import { Store } from "./stand-ins.mjs";

test("each place has its own draft", () => {
  const drafts = new Drafts(new Store(), 1);
  drafts.set(Drafts.key(4), "for four");
  drafts.set(Drafts.key(4, 9), "in the thread");
  drafts.set(Drafts.key(5), "for five");
  assert.equal(drafts.get("4"), "for four");
  assert.equal(drafts.get("4/9"), "in the thread");
  assert.deepEqual(Array.from(drafts.channels()).sort(), [4, 5]);
});

test("a blank draft is none", () => {
  const drafts = new Drafts(new Store(), 1);
  drafts.set("4", "text");
  drafts.set("4", "  \n");
  assert.equal(drafts.get("4"), "");
  assert.equal(drafts.channels().size, 0);
});

test("two people at one browser do not see each other's drafts", () => {
  const store = new Store();
  new Drafts(store, 1).set("4", "secret");
  assert.equal(new Drafts(store, 2).get("4"), "");
});

test("a store that is full does not throw", () => {
  const store = new Store();
  store.setItem = () => { throw new Error("QuotaExceededError"); };
  assert.equal(new Drafts(store, 1).set("4", "text"), false);
});

test("files wait beside the text, in this tab alone", () => {
  const [everywhere, here, elsewhere] = [new Store(), new Store(), new Store()];
  const drafts = new Drafts(everywhere, 1, here);
  drafts.setFiles("4", [{ name: "a.png", size: 1, type: "image/png", file: { id: 7 }, until: 1 }]);
  assert.equal(drafts.files("4")[0].file.id, 7);
  assert.deepEqual(Array.from(drafts.channels()), [4]);
  assert.deepEqual(new Drafts(everywhere, 1, elsewhere).files("4"), []);
  assert.deepEqual(new Drafts(everywhere, 2, here).files("4"), []);
  drafts.setFiles("4", []);
  assert.deepEqual(Array.from(drafts.channels()), []);
});
