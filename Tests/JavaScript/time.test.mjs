import assert from "node:assert/strict";
import { test } from "node:test";
import { arrange } from "../../Web/javascript/lib/grouping.js";
import { clock, dayTitle, relative } from "../../Web/javascript/lib/time.js";

const noon = new Date("2026-11-23T12:00:00Z");
const ago = (minutes) => new Date(noon - minutes * 60_000);

test("days by their names", () => {
  assert.equal(dayTitle(ago(60), noon, "en", "UTC"), "Today");
  assert.equal(dayTitle(ago(13 * 60), noon, "en", "UTC"), "Yesterday");
  assert.equal(dayTitle(ago(3 * 24 * 60), noon, "en", "UTC"), "Friday, November 20");
  assert.equal(dayTitle(ago(60), noon, "de", "UTC"), "Heute");
});

test("the clock follows the reader's zone and habit", () => {
  assert.equal(clock(noon, "de", "Europe/Zurich"), "13:00");
  assert.match(clock(noon, "en-US", "UTC"), /12:00\sPM/);
});

test("how long ago", () => {
  assert.equal(relative(ago(0), noon, "en"), "this minute");
  assert.equal(relative(ago(5), noon, "en"), "5 min. ago");
  assert.equal(relative(ago(3 * 60), noon, "en"), "3 hr. ago");
});

const row = (minutes, userId = 1, more = {}) => ({ at: ago(minutes).valueOf(), userId, label: "", ...more });

test("a run of one author is shown once", () => {
  assert.deepEqual(arrange(row(3), row(1)), { startsDay: false, continued: true });
  assert.equal(arrange(row(3, 2), row(1)).continued, false);
  assert.equal(arrange(row(30), row(1)).continued, false, "after a pause");
  assert.equal(arrange(row(3), row(1, 1, { label: "Doorbell" })).continued, false, "another voice");
  assert.equal(arrange(row(3, 1, { system: true }), row(1)).continued, false, "after a notice");
  assert.equal(arrange(row(3), row(1, 1, { quotes: true })).continued, false, "an answer");
});

test("a day begins with the first row and after midnight", () => {
  assert.equal(arrange(undefined, row(1)).startsDay, true);
  assert.deepEqual(arrange(row(24 * 60 + 1), row(1)), { startsDay: true, continued: false });
});
