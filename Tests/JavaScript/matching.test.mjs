import assert from "node:assert/strict";
import { test } from "node:test";
import { rank, score } from "../../Web/javascript/lib/matching.js";

const names = (entry) => [entry];

test("what starts with the letters comes before what only has them", () => {
  assert.deepEqual(rank("ga", ["saga", "big-garden", "garden"], names), ["garden", "big-garden", "saga"]);
});

test("accents and capitals do not matter", () => {
  assert.ok(score("zoe", "Zoë") === 100);
});

test("a slip of the finger still finds it", () => {
  for (const typed of ["alrets", "alters", "alerrts", "alets"]) assert.ok(score(typed, "alerts") > 0, typed);
  assert.equal(score("xyz", "alerts"), 0);
});

test("nothing typed keeps the order", () => {
  assert.deepEqual(rank("", ["b", "a"], names), ["b", "a"]);
});
