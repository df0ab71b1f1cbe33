import NIOCore
import Testing

@testable import HomeChat

@Suite struct MultipartFieldsTests {
    private typealias Sample = MultipartSample

    private func fields(_ form: String) throws -> RequestFields {
        RequestFields(
            try RequestFields.multipart(ByteBuffer(string: form), type: "multipart/form-data; boundary=X-1"))
    }

    @Test func `a form of this kind says what the other kinds say`() throws {
        let form = try fields(
            Sample.part(#"name="user[username]""#, "ana") + Sample.part(#"name="scopes[]""#, "a")
                + Sample.part(#"name="scopes[]""#, "b") + Sample.part(#"name="text""#, "a+b%20\r\nc")
                + Sample.part(#"name="text""#, "later") + Sample.part(#"name="file_ids""#, "3")
                + Sample.part(#"name="file_ids""#, "4") + Sample.end)
        #expect(try form.object("user")?.string("username") == "ana")
        #expect(try form.strings("scopes") == ["a", "b"])
        #expect(try form.string("text") == "later")
        #expect(try form.ids("file_ids") as [File.ID] == [File.ID(3), File.ID(4)])
    }

    @Test func `a file where none is taken is named, one that nobody chose is none`() throws {
        let chosen = Sample.part(#"name="avatar"; filename="a.png""#, "x") + Sample.end
        #expect(throws: ChatError.invalid("avatar", "is a file, and none is taken here")) { try fields(chosen) }
        let empty = Sample.part(#"name="avatar"; filename="a.png""#, "") + Sample.end
        #expect(throws: ChatError.invalid("avatar", "is a file, and none is taken here")) { try fields(empty) }
        let none = try fields(
            Sample.part(#"name="avatar"; filename="""#, "", more: "Content-Type: application/octet-stream\r\n")
                + Sample.part(#"name="b""#, "c") + Sample.end)
        #expect(try none.string("avatar") == nil && none.string("b") == "c")
    }

    @Test func `fields have bounds, each and together`() throws {
        let most = FormFields.maximumFieldBytes
        let long = try fields(Sample.part(#"name="a""#, String(repeating: "x", count: most)) + Sample.end)
        #expect(try long.string("a")?.utf8.count == most)
        #expect(throws: ChatError.invalid("a", "must have at most \(most) bytes")) {
            try fields(Sample.part(#"name="a""#, String(repeating: "x", count: most + 1)) + Sample.end)
        }
        var together = FormFields(maximumBytes: 10)
        try together.begin(try PartHeader(lines: [#"Content-Disposition: form-data; name="a""#]))
        try together.append(ByteBuffer(string: "123456789"))
        #expect(throws: ChatError.tooLarge(limit: 10)) { try together.append(ByteBuffer(string: "1")) }
    }

    @Test func `a field is UTF-8, and its name is shown in bounds`() throws {
        var bytes = ByteBuffer(string: "--X-1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n")
        bytes.writeBytes([0xFF, 0xFE])
        bytes.writeString("\r\n--X-1--")
        #expect(throws: ChatError.malformed("a field of the form is not UTF-8")) {
            try RequestFields.multipart(bytes, type: "multipart/form-data; boundary=X-1")
        }
        let header = try PartHeader(
            lines: ["Content-Disposition: form-data; name=\"a\u{202E}\(String(repeating: "b", count: 5000))\""])
        #expect(header.shownName.count == 100 && !header.shownName.contains("\u{202E}"))
    }

    @Test(arguments: [
        ("[1,\"2\"]", [1, 2]), ("3", [3]), ("\"4, 5\"", [4, 5]), ("null", []), ("\"\"", []), ("[]", []),
    ])
    func `ids come as a list, or as what may be one`(json: String, expected: [Int64]) throws {
        let values = try RequestFields.json(ByteBuffer(string: "{\"file_ids\":\(json)}"))
        #expect(try RequestFields(values).ids("file_ids") as [File.ID] == expected.map(File.ID.init))
    }

    @Test(arguments: ["[0]", "[\"\"]", "[null]", "{}", "\"a\"", "[[1]]", "1.5", "true", "\"1,,2x\""])
    func `what is no list of ids is refused`(json: String) throws {
        let values = try RequestFields.json(ByteBuffer(string: "{\"file_ids\":\(json)}"))
        #expect(throws: ChatError.self) { try RequestFields(values).ids("file_ids") as [File.ID] }
    }
}
