import Testing

@testable import HomeChat

@Suite struct RequestFieldsTests {
    @Test func `forms carry objects, lists and plus signs`() throws {
        let fields = RequestFields(try RequestFields.form("user[username]=ana&scopes[]=a&scopes[]=b&text=a+b%2Bc&x"))
        #expect(try fields.object("user")?.string("username") == "ana")
        #expect(try fields.strings("scopes") == ["a", "b"])
        #expect(try fields.string("text") == "a b+c" && fields["x"] == .string(""))
    }

    @Test func `of several names the first counts, and none of them is passed over`() throws {
        #expect(try RequestFields(["text": .string("b"), "message": .null]).string("message", "text") == "b")
        let both = RequestFields(["text": .integer(2), "message": .string("a")])
        #expect(try both.string("message", "text") == "a")
        let unfit = RequestFields(["text": .object([:]), "message": .string("a")])
        #expect(throws: ChatError.invalid("text", "must be text")) { try unfit.string("message", "text") }
        #expect(throws: ChatError.invalid("text", "must be text")) { try unfit.requiredString("message", or: "text") }
    }

    @Test func `a value of the wrong type is refused by its name`() {
        let fields = RequestFields([
            "message": .array([]), "id": .string("1x"), "muted": .string("maybe"), "n": .integer(-1),
        ])
        #expect(throws: ChatError.invalid("message", "must be text")) { try fields.string("message") }
        #expect(throws: ChatError.invalid("id", "must be an id, a whole number above 0")) {
            try fields.id("id") as Message.ID?
        }
        #expect(throws: ChatError.invalid("n", "must be an id, a whole number above 0")) {
            try fields.id("n") as Message.ID?
        }
        #expect(throws: ChatError.invalid("muted", "must be true or false")) { try fields.boolean("muted") }
        #expect(throws: ChatError.missing("name")) { try fields.requiredString("name") }
    }

    @Test(arguments: ["0", "-1", "+1", "1.0", "٣", "9223372036854775808", "99999999999999999999", " 1", ""])
    func `what is no id is none`(text: String) {
        #expect(Message.ID(text) == nil)
    }

    @Test(arguments: [("0", 1), ("-5", 1), ("500", 100), ("7", 7), ("", 50)])
    func `a limit stays within bounds`(text: String, expected: Int) throws {
        #expect(try RequestFields(["limit": .string(text)]).limit() == expected)
    }
}
