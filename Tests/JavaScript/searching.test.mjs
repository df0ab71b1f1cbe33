import assert from "node:assert/strict";
import { test } from "node:test";
import { rank } from "../../Web/javascript/lib/matching.js";
import { RecentSearches } from "../../Web/javascript/lib/recent-searches.js";
import { completed, filterAt, suggestions } from "../../Web/javascript/lib/search-words.js";
import { Store } from "./stand-ins.mjs";

const directory = {
  channels: [{ name: "home", type: "public" }, { name: "family", type: "private" }, { name: "dm-1-2", type: "dm" }],
  users: [{ username: "ana", display_name: "Ana" }, { username: "ben", display_name: "Benedikt" }],
};

const texts = (text) => {
  const word = filterAt(text, text.length);
  return word && suggestions(word, directory, rank).map((one) => one.text);
};

test("a filter is completed where it is being typed", () => {
  assert.deepEqual(filterAt("tea from:be later", 11), { key: "from", query: "be", start: 9, end: 11 });
  assert.deepEqual(filterAt("tea -in:#ho", 11), { key: "in", query: "#ho", start: 8, end: 11 });
  assert.equal(filterAt("from:ana ", 9), null);
  assert.equal(filterAt('say "in', 7), null);
  assert.equal(filterAt("a", 1), null);
});

test("people, places and kinds are offered, conversations are not", () => {
  assert.deepEqual(texts("from:b"), ["ben"]);
  assert.deepEqual(texts("from:me"), ["me"]);
  assert.deepEqual(texts("in:#"), ["#home", "#family"]);
  assert.deepEqual(texts("in:@be"), ["@ben"]);
  assert.deepEqual(texts("in:fam"), ["#family"]);
  assert.deepEqual(texts("has:"), ["link", "file", "image", "video", "audio"]);
  assert.deepEqual(texts("has:IM"), ["image"]);
  assert.deepEqual(texts("fr"), ["from:"]);
  assert.deepEqual(texts("kitchen"), null);
});

test("what is taken is written out, and one goes on behind it", () => {
  const take = (text, caret) => {
    const word = filterAt(text, caret);
    return completed(text, word, suggestions(word, directory, rank)[0]);
  };
  assert.deepEqual(take("tea from:be", 11), { text: "tea from:ben ", caret: 13 });
  assert.deepEqual(take("from:be tea", 7), { text: "from:ben tea", caret: 9 });
  assert.deepEqual(take("tea fr", 6), { text: "tea from:", caret: 9 });
});

test("recent searches are few, each once, and gone when they are cleared", () => {
  const store = new Store();
  const recent = new RecentSearches(store, 1);
  for (let number = 0; number < 12; number += 1) recent.add(`search ${number}`);
  recent.add("search 9");
  recent.add(" x ");
  assert.equal(recent.list().length, 8);
  assert.deepEqual(recent.list().slice(0, 3), ["search 9", "search 11", "search 10"]);
  assert.deepEqual(new RecentSearches(store, 2).list(), [], "of each person apart");
  recent.add("木");
  recent.add("🙂");
  assert.deepEqual(recent.list().slice(0, 2), ["🙂", "木"]);
  recent.clear();
  assert.deepEqual(recent.list(), []);
  store.setItem("homechat:1:search:recent", "{broken");
  assert.deepEqual(recent.list(), []);
});
