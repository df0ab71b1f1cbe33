import NIOCore
import Testing

@testable import HomeChat

@Suite struct MultipartParserTests {
    private typealias Sample = MultipartSample

    @Test func `a form comes apart into its parts, byte for byte`() {
        let form =
            Sample.part(#"name="message""#, "hello") + Sample.part(#"name="empty""#, "")
            + Sample.part(
                #"name="files[]"; filename="a.png""#, "\r\n--X\r\n-1--\r\r\n", more: "Content-Type: image/png\r\n")
            + Sample.end
        let outcome = Sample.parsed(form)
        #expect(outcome.problem == nil && outcome.open == nil)
        #expect(outcome.parts.map(\.name) == ["message", "empty", "files[]"])
        #expect(outcome.parts.map(\.fileName) == [nil, nil, "a.png"])
        #expect(outcome.parts.map(\.text) == ["hello", "", "\r\n--X\r\n-1--\r\r\n"])
    }

    @Test(arguments: [
        "--X-1--\r\n", "--X-1--", "\r\n--X-1--", "before\r\n--X-1--\r\nafter",
        "--X-1 \t\r\nContent-Disposition: form-data; name=a\r\n\r\n--X-1-- ",
    ])
    func `nothing around the parts counts, and there may be none`(form: String) {
        #expect(Sample.parsed(form).problem == nil)
        #expect(Sample.parsed(form).parts.allSatisfy { $0.content.isEmpty })
    }

    private static let part = "--X-1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"

    private static let broken = [
        "", "X", "--X-1", "--X-1\r\n", "--X-2--\r\n", "--X-1-", part, part + "text", part + "text\r\n--X-1",
        part + "text\r\n--X-1-", part + "text\n--X-1--",
        "--X-1\r\n\r\ntext\r\n--X-1--",  // no header at all
        "--X-1\r\nContent-Type: text/plain\r\n\r\ntext\r\n--X-1--",
        "--X-1\r\nContent-Disposition: form-data\r\n\r\ntext\r\n--X-1--",
        "--X-1\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\ntext\r\n--X-1--",
        "--X-1\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\ntext\r\n--X-1--",
        "--X-1\r\nContent-Disposition: form-data; name=\"a\r\n\r\ntext\r\n--X-1--",
        "--X-1\r\nContent-Disposition: form-data; name=\"a\" x\r\n\r\ntext\r\n--X-1--",
        "--X-1\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\n--X-1--",
        "--X-1\r\nContent-Disposition: form-data;\r\n name=\"a\"\r\n\r\ntext\r\n--X-1--",  // folded
        "--X-1\r\nContent-Disposition: form-data; name=\"a\0b\"\r\n\r\ntext\r\n--X-1--",
        "--X-1\r\nContent-Disposition: form-data; name*=UTF-8''a%00b\r\n\r\ntext\r\n--X-1--",
        "--X-1\r\nno colon\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ntext\r\n--X-1--",
        "--X-1\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--X-1--",
        "--X-1\nContent-Disposition: form-data; name=\"a\"\n\ntext\n--X-1--\n",
        part + "text\r\n--X-1X\r\n", part + "text\r\n--X-1\r\r\n", part + "text\r\n--X-1 x\r\n",
        part.replacing("\r\n\r\n", with: "\n\r\n") + "text\r\n--X-1--",
        "--X-1\r\nContent-Disposition: form-data; name=\"a\"; filename=\"\(String(repeating: "a", count: 9000))\"\r\n\r\n--X-1--",
        String(repeating: "preamble ", count: 200) + "\r\n--X-1--\r\n",
        part + "\r\n--X-1--" + String(repeating: "epilogue ", count: 200),
        part + "\r\n--X-1" + String(repeating: " ", count: 2000) + "\r\n",
    ]

    @Test(arguments: broken.indices)
    func `what is no whole form is refused, in whatever pieces it comes`(index: Int) throws {
        let whole = Sample.parsed(Self.broken[index])
        let problem = try #require(whole.problem, "\(Self.broken[index].prefix(200))")
        #expect(!problem.isEmpty)
        for sizes in [[1], [2], [3, 1, 7], [64]] {
            #expect(Sample.parsed(Self.broken[index], in: sizes) == whole, "\(sizes)")
        }
    }

    @Test func `it does not matter where a form is cut`() {
        let form = Array(
            ("\r\n" + Sample.part(#"name="a""#, "\r\n--X-1".dropLast() + "\r\n-")
                + Sample.part(#"name=b; filename="""#, "")
                + Sample.part(#"name="c"; filename="ü.txt""#, "\r\r\n\r\n--X-") + Sample.end).utf8)
        let whole = Sample.parsed(form)
        #expect(whole.problem == nil && whole.parts.count == 3)
        for cut in form.indices { #expect(Sample.parsed(form, in: [max(cut, 1), form.count]) == whole, "\(cut)") }
        #expect(Sample.parsed(form, in: [1]) == whole)
    }

    @Test func `a million parts are too many long before the last`() throws {
        var parser = try MultipartParser(boundary: Sample.boundary)
        let part = ByteBuffer(string: Sample.part(#"name="a""#, "x"))
        var began = 0
        #expect(throws: ChatError.malformed("the form has too many parts")) {
            for _ in 0..<1_000_000 {
                parser.feed(part)
                while let event = try parser.next() { if case .began = event { began += 1 } }
            }
        }
        #expect(began == MultipartParser.maximumParts)
    }

    @Test func `a part without end is passed on and not kept`() throws {
        var parser = try MultipartParser(boundary: Sample.boundary)
        parser.feed(ByteBuffer(string: Self.part))
        // The worst there is: each piece ends as the boundary begins.
        let piece = ByteBuffer(string: String(repeating: "x", count: 1000) + "\r\n--X-")
        var passedOn = 0
        for _ in 0..<10_000 {
            parser.feed(piece)
            while let event = try parser.next() {
                if case .bytes(let bytes) = event { passedOn += bytes.readableBytes }
            }
            try #require(parser.keptBytes < 16)
        }
        #expect(10_000 * piece.readableBytes - passedOn < 16)
        #expect(throws: ChatError.malformed("the form breaks off before its last boundary")) { try parser.finish() }
    }

    @Test(arguments: [
        "", " ", "a ", "a\"b", "a;b", "ä", String(repeating: "a", count: 71), "a\r\nb",
    ])
    func `what is no boundary is none`(boundary: String) {
        #expect(throws: ChatError.self) { try MultipartParser(boundary: boundary) }
    }

    @Test func `the boundary stands in the type of the request, in quotes or not`() throws {
        for type in [
            "multipart/form-data; boundary=X-1", "Multipart/Form-Data;boundary=\"X-1\"",
            "multipart/form-data; charset=utf-8; BOUNDARY=X-1",
        ] {
            var parser = try MultipartParser(contentType: type)
            parser.feed(ByteBuffer(string: Sample.end))
            #expect(try parser.next() == nil)
            try parser.finish()
        }
        for type in [
            "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=a; boundary=b",
            "multipart/form-data; boundary=\"a", "multipart/form-data, boundary=a",
        ] {
            #expect(throws: ChatError.self) { try MultipartParser(contentType: type) }
        }
    }

    @Test(arguments: [
        (#"name="a"; filename="b.png""#, "b.png"),
        (#"name=a; filename=b.png"#, "b.png"),
        (#"filename="b; c.png"; name="a""#, "b; c.png"),
        (#"name="a"; filename="b \"c\" \\ d.png""#, #"b "c" \ d.png"#),
        (#"name="a"; filename="b%22c%22.png""#, #"b"c".png"#),
        (#"name="a"; filename="C:\fakepath\b.png""#, #"C:\fakepath\b.png"#),
        (#"name="a"; filename="übung 日.png""#, "übung 日.png"),
        (#"name="a"; filename="plain.png"; filename*=UTF-8''%e2%82%ac%20x.png"#, "€ x.png"),
        (#"name="a"; filename="plain.png"; filename*=KOI8-R''%c1.png"#, "plain.png"),
        (#"name="a"; filename="plain.png"; filename*=UTF-8''%ff.png"#, "plain.png"),
        (#"NAME="a";FILENAME="b.png";"#, "b.png"),
        (#"name="a"; filename="""#, ""),
        (#"name="a""#, nil),
    ])
    func `names of files are read as browsers and scripts write them`(disposition: String, name: String?) {
        let outcome = Sample.parsed(Sample.part(disposition, "x") + Sample.end)
        #expect(outcome.parts.map(\.fileName) == [name] && outcome.parts.map(\.name) == ["a"])
    }
}
