import assert from "node:assert/strict";
import { test } from "node:test";
import { fitted, isPicture, pictureOf, sizeWords, summary, typeWords, typesWords } from "../../Web/javascript/lib/files.js";

test("sizes are said as people say them", () => {
  const said = [0, 1, 812, 1024, 1536, 10_240, 1_023_488, 1_048_575, 1_468_006, 10 << 20, 3 * 1024 ** 3].map(sizeWords);
  assert.deepEqual(said, ["0 bytes", "1 byte", "812 bytes", "1 KB", "1.5 KB", "10 KB", "1 MB", "1 MB", "1.4 MB", "10 MB", "3 GB"]);
});

test("a kind is the ending of the name, or what the bytes are", () => {
  assert.equal(typeWords("plan.pdf", "application/pdf"), "PDF");
  assert.equal(typeWords("plan.docx", "application/zip"), "DOCX");
  assert.equal(typeWords("README", "text/plain"), "text/plain");
  assert.equal(typeWords("a.verylong", "text/plain"), "text/plain");
});

test("kinds are said without their media types", () => {
  assert.equal(typesWords(["image/jpeg", "application/pdf", "video/*", "text/plain"]), "JPEG, PDF, videos or text");
  assert.equal(typesWords(["image/*"]), "pictures");
  assert.equal(typesWords([]), "");
});

test("a message without words is called after its files", () => {
  const of = (...kinds) => summary(kinds.map((kind, index) => ({ kind, filename: `${index}.bin` })));
  assert.deepEqual(
    [of(), of("image"), of("image", "image"), of("video"), of("audio", "audio"), of("document"), of("image", "video"), of("document", "document")],
    ["", "Photo", "2 photos", "Video", "2 recordings", "0.bin", "2 files", "2 files"]);
});

test("a picture has its place before it is loaded, and is never made larger", () => {
  assert.deepEqual(fitted(4000, 3000, { width: 416, height: 320 }), { width: 416, height: 312 });
  assert.deepEqual(fitted(3000, 4000, { width: 416, height: 320 }), { width: 240, height: 320 });
  assert.deepEqual(fitted(32, 16, { width: 416, height: 320 }), { width: 32, height: 16 });
  assert.deepEqual(fitted(10_000, 2, { width: 416, height: 320 }), { width: 416, height: 1 });
});

test("small pictures move, large ones wait until they are opened", () => {
  const moving = { url: "/files/a", thumbnail_url: "/files/a/thumbnail", animated: true, width: 100, height: 100, byte_size: 1 << 20 };
  assert.deepEqual(pictureOf(moving), { source: "/files/a", still: "/files/a/thumbnail", width: 100, height: 100 });
  assert.equal(pictureOf({ ...moving, byte_size: 3 << 20 }).source, "/files/a/thumbnail");
  assert.equal(pictureOf({ ...moving, animated: false }).source, "/files/a/thumbnail");
});

test("without a smaller one a large picture is a file to open", () => {
  const plain = { kind: "image", width: 100, thumbnail_url: null, byte_size: 1000 };
  assert.equal(isPicture(plain), true);
  assert.equal(isPicture({ ...plain, byte_size: 1 << 20 }), false);
  assert.equal(isPicture({ ...plain, width: null }), false);
  assert.equal(isPicture({ ...plain, kind: "document" }), false);
});
