import Foundation
import Testing

@testable import HomeChat

@Suite struct MarkdownTextTests {
    @Test(arguments: [
        "**bold** _it_ `code` ~~gone~~", "[a](evil) ![b](c)", "21.5", "#7 is", "<b>&lt;</b> &amp; a&b", "# head",
        "- list",
        "1. one", "> quote", "| a | b |", "\\*", "__init__ snake_case_name", "+ x", "=====", "---", "* * *", "3) x",
    ])
    func `words of strangers are shown as they are`(_ words: String) {
        let html = Markdown.html(MarkdownText.inline(words))
        #expect(html.replacing("\u{2060}", with: "") == "<p>\(words.htmlEscaped.replacing("&#39;", with: "'"))</p>\n")
    }

    @Test(arguments: [
        "@channel", "look, @everyone!", "(@here)", "@ana", "#home", "a\n@channel", "http://?=@channel",
        "https://x.example/#home",
        "https://x.example/?a=@here",
    ])
    func `nobody is addressed by the words of strangers`(_ words: String) {
        for text in [MarkdownText.inline(words), MarkdownText.quote(words, atMost: 100), MarkdownText.bold(words)] {
            let names = MentionNames(in: text)
            #expect(!names.everyone && !names.here && names.people.isEmpty && names.channels.isEmpty, "\(text)")
        }
    }

    @Test func `a link goes to the web or nowhere, and ends where it ends`() {
        #expect(MarkdownText.link("a]b", to: "https://x.example/a_b?c=(d)") == "[a\\]b](<https://x.example/a_b?c=(d)>)")
        for address in [
            "javascript:alert(1)", "https://x.example/> [y](", "https://x.example/a b", "//x", "", "http://\u{E9}",
        ] {
            #expect(MarkdownText.link("t", to: address) == "t")
        }
        #expect(MarkdownText.link(" ", to: "https://x.example") == "[https://x.example](<https://x.example>)")
    }

    @Test func `what is too long has a mark, and what steers a terminal is left out`() {
        #expect(MarkdownText.cut("abcdef", to: 4) == "abc…")
        #expect(MarkdownText.cut("abcd", to: 4) == "abcd")
        #expect(MarkdownText.inline("a\u{1B}[31m\u{202E}b\u{0}") == "a\\[31mb")
        #expect(MarkdownText.quote("one\n\n  two", atMost: 50) == "> one\n> \n> two")
        #expect(MarkdownText.inline(String(repeating: "x", count: 5000)).count == MarkdownText.longestLine)
    }

    @Test func `an address in the words can still be followed`() {
        let html = Markdown.html(MarkdownText.inline("https://x.example/a_b_c?d=1&e=2#f"))
        #expect(html.contains("href=\"https://x.example/a_b_c?d=1&amp;e=2#f\""))
    }

    @Test func `a link of ours is one link, also where its words are an address`() {
        for words in [
            "https://a.example/#b", "http://a.example", "<https://a.example>", "www.a.example", "a@b.example",
        ] {
            let html = Markdown.html(MarkdownText.link(words, to: "https://c.example/"))
            #expect(
                html.components(separatedBy: "<a ").count == 2 && html.contains("href=\"https://c.example/\""),
                "\(html)")
        }
    }
}
