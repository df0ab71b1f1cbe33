import Foundation
import HTTPTypes
import Testing

@testable import HomeChat

@Suite struct ContentDispositionTests {
    @Test(arguments: [
        ("cat.png", "cat.png", "cat.png"), ("my snap (1).png", "my snap (1).png", "my%20snap%20%281%29.png"),
        ("naïve.txt", "na_ve.txt", "na%C3%AFve.txt"),
        ("данные.pdf", "______.pdf", "%D0%B4%D0%B0%D0%BD%D0%BD%D1%8B%D0%B5.pdf"),
        ("👨‍👩‍👧.gif", "_.gif", "%F0%9F%91%A8%E2%80%8D%F0%9F%91%A9%E2%80%8D%F0%9F%91%A7.gif"),
        (#"a"b\c.txt"#, "a_b_c.txt", "a%22b%5Cc.txt"), ("100%25.txt", "100_25.txt", "100%2525.txt"),
        ("a;filename=b.exe", "a;filename=b.exe", "a%3Bfilename%3Db.exe"),
        ("a\r\nX-Evil: 1", "a_X-Evil_ 1", "a%0D%0AX-Evil%3A%201"),
        ("../../etc/passwd", ".._.._etc_passwd", "..%2F..%2Fetc%2Fpasswd"), ("", "", ""),
    ])
    func `a name is told as it is, and in ASCII to whoever knows no more`(name: String, plain: String, encoded: String)
    {
        #expect(
            ContentDisposition(kind: .attachment, name: name).text
                == "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(encoded)")
    }

    @Test func `something to be shown has its name as well`() {
        #expect(ContentDisposition(kind: .inline, name: "a.png").text.hasPrefix("inline; filename=\"a.png\";"))
    }

    @Test func `a name that fits on no disk is cut in its middle`() throws {
        let marks = "Z" + String(repeating: "\u{0301}", count: 10_000) + ".png"
        #expect(marks.count == 5)
        for name in [marks, String(repeating: "語", count: 200) + ".png"] {
            let text = ContentDisposition(kind: .attachment, name: name).text
            let encoded = try #require(text.split(separator: "''").last)
            let told = try #require(String(encoded).removingPercentEncoding)
            #expect(told.utf8.count <= 255 && told.utf8.count > 240 && told.hasSuffix(".png"))
            #expect(
                name.hasPrefix(told.dropLast(4)) || name.unicodeScalars.starts(with: told.unicodeScalars.dropLast(4)))
        }
        let long = String(repeating: "x", count: 300) + "." + String(repeating: "y", count: 20)
        #expect(
            ContentDisposition(kind: .attachment, name: long).text.contains(
                "filename=\"" + String(repeating: "x", count: 255) + "\""))
    }
}
