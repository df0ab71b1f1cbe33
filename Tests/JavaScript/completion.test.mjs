import assert from "node:assert/strict";
import { test } from "node:test";
import { complete, wordAt } from "../../Web/javascript/lib/completion.js";

const at = (text) => wordAt(text, text.length);

test("finds the word that is being typed", () => {
  assert.deepEqual(at("hi @an"), { kind: "people", query: "an", start: 3, end: 6 });
  assert.equal(at("#gar").kind, "channels");
  assert.equal(at("(:smi").kind, "emoji");
  assert.equal(at("@").query, "");
});

test("addresses, times and a lone colon are left alone", () => {
  assert.equal(at("mail ana@example"), null);
  assert.equal(at("at 12:30"), null);
  assert.equal(at("note: "), null);
  assert.equal(at(":s"), null);
});

test("puts the choice in and one space after it", () => {
  assert.deepEqual(complete("hi @an", wordAt("hi @an", 6), "@ana"), { text: "hi @ana ", caret: 8 });
  assert.deepEqual(complete("hi @an there", wordAt("hi @an there", 6), "@ana"), { text: "hi @ana there", caret: 8 });
});

test("a slash in front is a command, one within is none", () => {
  assert.deepEqual(at("/mu"), { kind: "commands", query: "mu", start: 0, end: 3 });
  assert.equal(at("/").query, "");
  assert.equal(at("say /mu"), null);
  assert.equal(at("/mute now"), null);
  assert.equal(at("/etc/hosts"), null);
  assert.equal(complete("/mu", at("/mu"), "/mute").text, "/mute ");
});
