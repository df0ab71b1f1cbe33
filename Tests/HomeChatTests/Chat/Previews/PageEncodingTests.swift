import Testing

@testable import HomeChat

@Suite struct PageEncodingTests {
    private func title(of page: [UInt8], sentAs contentType: String = "text/html") -> String? {
        PageEncoding(of: page, sentAs: PageEncoding.charset(in: contentType)).map {
            PageDescription(html: $0.utf8(page)).title
        }
    }

    private func page(_ head: String = "", _ title: [UInt8]) -> [UInt8] {
        Array(head.utf8) + Array("<title>".utf8) + title + Array("</title>".utf8)
    }

    @Test(
        arguments: [
            ("utf-8", [0xC3, 0xA4], "ä"), ("iso-8859-1", [0x93, 0xE4, 0x80], "“ä€"),
            ("Latin1", [0xFC, 0x81, 0xE9], "üé"),
            ("ISO-8859-15", [0xA4], "€"), ("iso-8859-2", [0xB1], "ą"), ("windows-1250", [0x9A], "š"),
            ("windows-1251", [0xCF, 0xF0, 0xE8], "При"), ("koi8-r", [0xC1], "а"), ("koi8-u", [0xA4], "є"),
            ("windows-1253", [0xE1], "α"), ("iso-8859-7", [0xE1], "α"), ("iso-8859-9", [0xFD], "ı"),
            ("windows-1255", [0xE1], "ב"), ("iso-8859-8", [0xE1], "ב"), ("windows-1256", [0xE1], "ل"),
            ("windows-1257", [0xE0], "ą"), ("iso-8859-13", [0xE0], "ą"), ("iso-8859-5", [0xD0], "а"),
            ("windows-874", [0xA1], "ก"), ("Shift_JIS", [0x93, 0x8C, 0x83, 0x5C, 0x87, 0x40], "東ソ①"),
            ("gb2312", [0xB6, 0xAB], "东"), ("gb18030", [0x81, 0x30, 0x81, 0x30, 0xB6, 0xAB], "\u{80}东"),
            ("big5", [0xAA, 0x46], "東"), ("euc-kr", [0xC7, 0xD1], "한"),
        ] as [(String, [UInt8], String)])
    func `a page is read in the letters that it says`(charset: String, bytes: [UInt8], text: String) {
        let shown = String(text.unicodeScalars.filter { !$0.isUnprintable }.map(Character.init))
        #expect(title(of: page(bytes), sentAs: "text/html; charset=\(charset)") == shown)
        #expect(title(of: page("<META Charset='\(charset)'>", bytes)) == shown)
        let older = "<meta http-equiv=Content-Type content=\"text/html; charset = \(charset)\">"
        #expect(title(of: page(older, bytes)) == shown)
    }

    private func page(_ title: [UInt8]) -> [UInt8] { page("", title) }

    @Test func `what it was sent with counts before what it says, and its first mark before both`() {
        let says = "<meta charset=windows-1251>"
        #expect(title(of: page(says, [0xE4]), sentAs: "text/html;charset=\"ISO-8859-1\"") == "ä")
        #expect(title(of: [0xEF, 0xBB, 0xBF] + page(says, Array("ä".utf8)), sentAs: "text/html; charset=big5") == "ä")
        #expect(title(of: page(says, [0xE4]), sentAs: "text/html; charset=") == "д")
        #expect(title(of: page("<meta charset=utf-16le>", Array("ä".utf8))) == "ä", "nobody could have read it")
        #expect(title(of: page(Array("ä".utf8))) == "ä", "nothing is said")
    }

    @Test(arguments: ["utf-16", "utf-7", "iso-2022-jp", "euc-jp", "x-nobody-knows", "utf-8-"])
    func `what we cannot read is no page`(charset: String) {
        #expect(title(of: page([0x41]), sentAs: "text/html; charset=\(charset)") == nil)
    }

    @Test func `pages of sixteen bits are none`() {
        for mark in [[0xFE, 0xFF], [0xFF, 0xFE]] as [[UInt8]] { #expect(title(of: mark + page([0x41])) == nil) }
    }

    @Test func `what is wrong somewhere else spoils no title`() {
        let rest = Array(String(repeating: "<p>x</p>", count: 100).utf8) + [0x81, 0xFF, 0xFF]
        #expect(title(of: page([0x93, 0x8C]) + rest, sentAs: "text/html; charset=sjis") == "東")
    }

    @Test func `a large page in letters of others is passed through once`() {
        for charset in ["sjis", "gbk", "latin1"] {
            let bytes = [UInt8](repeating: 0x81, count: PageFetcher.maximumPageBytes)
            for page in [bytes, bytes.indices.map { $0.isMultiple(of: 2) ? 0x3C : 0x81 }] {
                _ = title(of: page, sentAs: "charset=\(charset)")
            }
        }
    }
}
