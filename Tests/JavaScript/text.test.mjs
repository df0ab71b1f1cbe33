import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "../../Web/javascript/lib/backoff.js";
import { grouped, searchEmoji } from "../../Web/javascript/lib/emoji.js";
import { emphasize, provisional } from "../../Web/javascript/lib/markdown.js";
import { badge, total, windowTitle } from "../../Web/javascript/lib/unread.js";

test("a message is shown as text until the server has rendered it", () => {
  assert.equal(provisional("<b>&\nx\n\ny"), "<p>&lt;b&gt;&amp;<br>x</p><p>y</p>");
});

test("emphasis goes on and off", () => {
  const on = emphasize("say it now", 4, 6, "**");
  assert.deepEqual(on, { text: "say **it** now", start: 6, end: 8 });
  assert.equal(emphasize(on.text, on.start, on.end, "**").text, "say it now");
});

test("the title carries the count", () => {
  assert.equal(windowTitle("#home", "The Kellers", 0), "#home · The Kellers");
  assert.equal(windowTitle("#home", "The Kellers", 120), "(99+) #home · The Kellers");
});

test("what is muted does not count", () => {
  assert.equal(total([{ unread: 2 }, { unread: 5, muted: true }]), 2);
  assert.deepEqual(badge({ unread: 5, mentions: 0, muted: true }), { text: "", loud: false, unread: false });
  assert.deepEqual(badge({ unread: 3, mentions: 1 }), { text: "3", loud: true, unread: true });
  assert.deepEqual(badge({ unread: 3, mentions: 0, direct: true }).loud, true);
});

test("emoji are found by all the words typed", () => {
  const list = [["😀", "grinning face", "Smileys"], ["🏠", "house", "Places"], ["🏡", "house with garden", "Places"]];
  assert.deepEqual(searchEmoji(list, "garden house").map(([emoji]) => emoji), ["🏡"]);
  assert.deepEqual(searchEmoji([["🎉", "party popper", "Activities"]], "tada").length, 1, "by the name it has elsewhere");
  assert.equal(grouped(list).get("Places").length, 2);
});

test("waiting doubles up to half a minute, spread out", () => {
  assert.equal(backoff(0, () => 1), 500);
  assert.equal(backoff(3, () => 1), 4000);
  assert.equal(backoff(50, () => 1), 30_000);
  assert.equal(backoff(3, () => 0), 2000);
});
