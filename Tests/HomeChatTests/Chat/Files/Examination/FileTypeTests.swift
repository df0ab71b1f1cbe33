import Testing

@testable import HomeChat

@Suite struct FileTypeTests {
    private static func text(_ string: String) -> [UInt8] { Array(string.utf8) }

    /// ISO media: a box called `ftyp` with a brand.
    private static func movie(_ brand: String) -> [UInt8] {
        [0, 0, 0, 24] + text("ftyp\(brand)") + [0, 0, 2, 0] + text("\(brand)isom") + [0, 0, 0, 8] + text("mdat")
    }

    static let files: [(String, [UInt8])] = [
        ("image/png", SampleFiles.png()), ("image/gif", SampleFiles.gif()), ("application/pdf", SampleFiles.pdf()),
        ("text/plain", text("Grüße aus Wien 🎂\n")),
        ("video/mp4", movie("isom")), ("video/mp4", movie("mp42")), ("audio/mp4", movie("M4A ")),
        ("image/heic", movie("heic")), ("image/avif", movie("avif")),
        (
            "video/webm",
            [0x1A, 0x45, 0xDF, 0xA3, 0x9F, 0x42, 0x86, 0x81, 1, 0x42, 0xF7, 0x81, 1, 0x42, 0x82, 0x84] + text("webm")
                + [0x42, 0x87, 0x81, 2]
        ),
        (
            "audio/mpeg",
            text("ID3") + [3, 0, 0, 0, 0, 0, 10] + [UInt8](repeating: 0, count: 10) + [0xFF, 0xFB, 0x90, 0x64]
        ),
        ("audio/mpeg", [0xFF, 0xFB, 0x90, 0x64] + [UInt8](repeating: 0, count: 600)),
        (
            "audio/ogg",
            text("OggS") + [0, 2] + [UInt8](repeating: 0, count: 20) + [1, 30, 1] + text("vorbis") + [0, 0, 0, 0, 2]
        ),
        ("audio/wav", text("RIFF") + [36, 0, 0, 0] + text("WAVEfmt ") + [16, 0, 0, 0, 1, 0, 1, 0]),
        ("audio/flac", text("fLaC") + [0, 0, 0, 34, 16, 0, 16, 0] + [UInt8](repeating: 0, count: 30)),
        (
            "image/bmp",
            text("BM") + [70, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0]
        ),
        ("image/svg+xml", text("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>")),
        ("image/svg+xml", text("<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>")),
        ("application/octet-stream", []), ("application/octet-stream", [0, 1, 2, 3, 0, 0xFE]),
        ("application/json", text("{\"a\": [1, 2]}")),
        ("text/vcard", text("BEGIN:VCARD\r\nVERSION:3.0\r\nEND:VCARD\r\n")),
        ("text/calendar", text("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n")),
    ]

    @Test(arguments: files)
    func `a type is in the bytes`(type: String, upload: [UInt8]) async throws {
        let found = try await examined(upload)
        #expect(found.type == type)
        #expect((found.image != nil) == ["image/png", "image/gif"].contains(type))
        #expect(found.isCleaned == (found.image != nil))
    }

    @Test(arguments: [
        "#include <stdio.h>\nint main(void) { return 0; }\n", "#!/bin/sh\necho hello\n",
        "#!/usr/bin/python3\nimport os\n",
        "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n", "a,b,c\n1,2,3\n4,5,6\n", "\\documentclass{article}\n\\begin{document}\n",
        "# Title\n\nHello *you*\n", "<3 from all of us\n", "<Ben> hello\n<Ana> hello\n", "x < y && y > z\n",
    ])
    func `a text is a text, whatever it is about`(content: String) async throws {
        #expect(try await examined(Self.text(content)).type == "text/plain")
    }

    @Test(arguments: [
        "<!DOCTYPE html><html></html>", "<html>", "  \r\n\t<HTML>", "<script>alert(1)</script>", "<b>x</b>", "<p>hello",
        "<a href=x>", "<!-- c --> hello", "\u{FEFF}<html>", "hello <script>alert(1)</script>", "<IFRAME\n", "<br/>",
        "<div\tx>",
        "<?xml version=\"1.0\"?><a/>", "<table>", "<style>", "<title>x</title>", "<h1>x</h1>", "<svg/onload=alert(1)>",
    ])
    func `what a browser could take for a page is no plain text`(content: String) async throws {
        let type = try await examined(Self.text(content)).type
        #expect(["text/html", "text/xml", "image/svg+xml"].contains(type), "\(type)")
    }

    @Test(arguments: ["1", "w", "\n", " ", "~"])
    func `a text of one character is one`(content: String) async throws {
        #expect(try await examined(Self.text(content)).type == "text/plain")
    }

    @Test(arguments: [UInt8(0), 0x07, 0x1B, 0x7F, 0x80, 0xFF])
    func `one byte that is no character is no text`(byte: UInt8) async throws {
        #expect(try await examined([byte]).type == "application/octet-stream")
    }

    @Test func `a text in another encoding stays what libmagic says`() async throws {
        #expect(try await examined([0x47, 0x72, 0xFC, 0xDF, 0x65, 0x0A]).type == "text/plain")
        // Bytes far behind the beginning count, too: this one only looked like a program.
        let long = Self.text(
            "#include <stdio.h>\nint main(void) { return 0; }\n" + String(repeating: "// ü\n", count: 400_000))
        #expect(try await examined(long).type == "text/plain")
        #expect(try await examined(long + [0xFF]).type == "text/x-c")
    }

    @Test(arguments: [
        nil, "", "text", "text/", "/plain", "text/plain/x", "text/plain\r\nX: y", "application/x y", "inode/x-empty",
        "inode/fifo",
        "a/" + String(repeating: "b", count: 126), "text/plä",
    ])
    func `nonsense is no type`(said: String?) {
        #expect(MediaType.settled(said, beginning: [], isUTF8: { true }) == "application/octet-stream")
    }

    @Test func `a type has no parameters and no capitals`() {
        #expect(MediaType.settled("Image/HEIC; x=y", beginning: [], isUTF8: { true }) == "image/heic")
        #expect(MediaType.isWellFormed("a/" + String(repeating: "b", count: 125)))
    }
}
