import Testing

@testable import HomeChat

@Suite struct TemplateFormatTests {
    private func made(_ template: String, _ body: String) throws -> String {
        try posted(body, format: .template, template: template).text
    }

    @Test func `values are words, and Markdown only with three braces`() throws {
        let body =
            #"{"name": "<b>*Ana* & Co</b>", "url": "https://x.example/a_b", "n": 21.5, "on": true, "none": null}"#
        #expect(try made("{{name}}", body) == #"\<b>\*Ana\* & Co\</b>"#)
        #expect(try made("{{{name}}}", body) == "<b>*Ana* & Co</b>")
        #expect(
            try made("[open]({{url}}) {{n}} {{on}}{{none}}{{absent}}", body)
                == "[open](https://x.example/a_b) 21.5 true")
        let draft = try posted(#"{"who": "@channel"}"#, format: .template, template: "hello {{who}}").draft()
        #expect(!draft.mentions.everyone)
        let halves = try posted(#"{"a": "@", "b": "channel"}"#, format: .template, template: "{{a}}{{b}}").draft()
        #expect(!halves.mentions.everyone)
    }

    @Test func `sections go through lists, and are there for what is true`() throws {
        let body =
            #"{"list": [{"a": 1}, {"a": 2}], "words": ["x", "y"], "yes": true, "no": false, "empty": [], "blank": "", "deep": {"er": "z"}}"#
        #expect(try made("{{#list}}<{{a}}>{{/list}}", body) == "<1><2>")
        #expect(try made("{{#words}}{{.}};{{/words}} {{words}}", body) == "x;y; x, y")
        #expect(
            try made("{{#yes}}y{{/yes}}{{#no}}n{{/no}}{{^no}}N{{/no}}{{^empty}}E{{/empty}}{{^blank}}B{{/blank}}", body)
                == "yNEB")
        #expect(try made("{{deep.er}} {{#deep}}{{er}}{{/deep}}", body) == "z z")
    }

    @Test(arguments: [
        ("{{#a}}", "line 1"), ("x\n{{a", "line 2"), ("{{#a}}{{/b}}", "line 1"), ("{{> other}}", "partials"),
        ("{{=<% %>=}}", "delimiters"), ("{{$b}}{{/b}}", "blocks"), ("{{%CONTENT_TYPE:HTML}}", "pragmas"),
        ("{{ > other}}", "partials"), (String(repeating: "{{#a}}", count: 21), "nest"),
    ])
    func `a template that cannot be read is refused when it is kept`(_ template: String, _ word: String) {
        do {
            _ = try BotChange(template: template)
            Issue.record("taken: \(template)")
        } catch ChatError.invalid("template", let problem) {
            #expect(problem.contains(word), "\(problem)")
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test func `lists in lists end before they cost anybody anything`() {
        let list = "[" + Array(repeating: "1", count: 2000).joined(separator: ",") + "]"
        let nested = String(repeating: "{{#a}}", count: 12) + "x" + String(repeating: "{{/a}}", count: 12)
        #expect(throws: ChatError.self) { try made(nested, "{\"a\": \(list)}") }
    }

    @Test func `large numbers and odd names do not bring anything down`() throws {
        let body = #"{"n": 9223372036854775807, "a.b": 1, "": 2, "l": [null]}"#
        #expect(throws: ChatError.invalid("template", "makes no text of this body")) {
            try made("{{plusone(n)}}", body)
        }
        #expect(try made("{{n}}{{#l}}[{{.}}]{{/l}}{{^l}}none{{/l}}", body) == "9223372036854775807[]")
        #expect(try made("x{{first(l)}}{{count(l)}}{{n.n.n}}{{.}}", body) == "x")
        #expect(throws: ChatError.invalid("template", "makes no text of this body")) { try made("  ", body) }
    }
}
