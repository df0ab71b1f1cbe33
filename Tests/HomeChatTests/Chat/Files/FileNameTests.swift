import Testing

@testable import HomeChat

@Suite struct FileNameTests {
    @Test(arguments: [
        ("photo.jpg", "photo.jpg"), ("my%20snap%20%281%29.png", "my snap (1).png"), ("100% sure.png", "100% sure.png"),
        ("../../etc/passwd", "passwd"), (#"C:\Users\ana\photo.jpg"#, "photo.jpg"), ("%2e%2e%2fpasswd", "passwd"),
        ("a\u{0}b.png", "ab.png"), ("a%00b.png", "ab.png"), ("line\r\nbreak.txt", "linebreak.txt"),
        ("photo\u{202E}gpj.exe", "photogpj.exe"), ("a\u{200B}b\u{FEFF}.png", "ab.png"),
        ("..\u{603}/a.png", "a.png"), ("../\u{308}a.png", "\u{308}a.png"), ("a\u{200D}\\b.png", "b.png"),
        ("", "file"), ("..", "file"), ("/", "file"), ("\u{202E}", "file"), ("  spaced .png ", "spaced .png"),
        ("Übung.png", "Übung.png"), ("U\u{308}bung.png", "Übung.png"), ("日本.png", "日本.png"),
    ])
    func `a name is shown in one line, without a path and without what hides`(sent: String, shown: String) {
        #expect(FileName.displayed(sent) == shown)
    }

    @Test func `of a name that is too long the middle goes`() {
        let long = FileName.displayed(String(repeating: "a", count: 10_000) + ".jpeg")
        #expect(long.utf8.count == FileName.maximumBytes && long.hasSuffix("a.jpeg"))
        let dots = FileName.displayed(String(repeating: "a.", count: 5000))
        #expect(dots.utf8.count == FileName.maximumBytes)
    }

    @Test func `a name with marks piled on it has as many bytes as any other`() {
        let marks = String(repeating: "\u{323}\u{31B}", count: 3500)
        #expect(FileName.displayed("a\(marks).jpg").utf8.count <= FileName.maximumBytes)
        #expect(FileName.displayed("a\(marks).jpg").hasSuffix(".jpg"))
        #expect(FileName.displayed("ab\(marks).jpg") == "a.jpg")
        #expect(FileName.displayed("a.jp\(marks)").utf8.count <= FileName.maximumBytes)
        #expect(FileName.displayed(String(repeating: "é\u{301}", count: 3000)).utf8.count <= FileName.maximumBytes)
        let house = FileName.displayed(String(repeating: "家", count: 200) + ".png")
        #expect(house == String(repeating: "家", count: 83) + ".png")
        let shown = FileName.displayed(String(repeating: "a", count: 255))
        #expect(FileName.fitting(shown, "image/jpeg") == String(repeating: "a", count: 251) + ".jpg")
    }

    @Test(arguments: [
        ("photo.jpg", "image/jpeg", "photo.jpg"), ("photo.JPEG", "image/jpeg", "photo.JPEG"),
        ("snap.jpg", "image/png", "snap.jpg"), ("snapshot", "image/png", "snapshot.png"),
        ("page.html", "image/gif", "page.html.gif"), ("setup.exe", "application/pdf", "setup.exe.pdf"),
        ("letter.pdf", "application/pdf", "letter.pdf"), ("photo.pdf", "image/webp", "photo.pdf.webp"),
        ("notes.txt", "text/plain", "notes.txt"), ("script.sh", "text/plain", "script.sh"),
        ("page.HTML", "text/plain", "page.HTML.txt"), ("drawing.svg", "text/plain", "drawing.svg.txt"),
        ("page.html.", "text/plain", "page.html.txt"), ("page.htm. . ", "text/plain", "page.htm.txt"),
        ("feed.xml", "text/plain", "feed.xml.txt"), ("Dr. Who.", "text/plain", "Dr. Who."),
        ("photo.", "image/jpeg", "photo.jpg"), ("photo.jpg.", "image/jpeg", "photo.jpg."),
        (". .", "image/gif", "file.gif"),
        ("clip.mp4", "video/mp4", "clip.mp4"), ("clip.html", "video/mp4", "clip.html.bin"),
    ])
    func `an ending that lies about the bytes is not the last one`(name: String, type: String, kept: String) {
        #expect(FileName.fitting(name, type) == kept)
    }
}
