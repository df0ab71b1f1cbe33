import Foundation
import Testing

@testable import HomeChat

@Suite struct MarkdownTests {
    private let names = Markdown.Names(people: ["ana_b": .init(7)], channels: ["home": .init(1)])

    @Test func `GitHub's Markdown becomes HTML`() {
        #expect(html("**a** _b_ ~~c~~ `d`") == "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code></p>\n")
        #expect(html("one\ntwo").contains("<br />"))
        #expect(html("- [x] bread\n- [ ] milk").contains("<li>☑ bread</li>\n<li>☐ milk</li>"))
        #expect(html("| a |\n| - |\n| https://b.c |").contains("<td><a href=\"https://b.c\""))
        #expect(html("```swift\nlet a = 1\n```").contains(#"<pre><code class="language-swift">"#))
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a <b onclick=x>b</b>", "<svg/onload=alert(1)>",
        "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](data:text/html,<script>1</script>)",
        "[x](vbscript:x)",
        "<javascript:alert(1)>", "![x](javascript:alert(1))", "[x](\u{1}javascript:alert(1))",
        "[x](java\nscript:alert(1))",
        "[x](https://a.b/\"onmouseover=\"alert(1))", "```\"><script>\n```",
        "[![i](https://p.q/i.png)](javascript:alert(1))",
        "<!-- a --><style>*{}</style>", "| <script> |\n| - |\n| <iframe src=//x> |", "[a]: javascript:alert(1)\n\n[a]",
        "&lt;script&gt;", "<a href=\"javascript:x\">y</a>", "<?php x ?>", "<![CDATA[<b>]]>", "#home<script>",
        "@ana_b\"><script>",
    ])
    func `a stranger's HTML and scripts come out as text`(text: String) {
        let html = html(text)
        for tag in tags(in: html) {
            #expect(allowed.contains { tag == $0 || tag.hasPrefix($0 + " ") }, "\(tag) in \(html)")
            #expect(!tag.contains("onerror") && !tag.contains("onclick") && !tag.contains("onload"))
            if tag.hasPrefix("a ") {
                let address = tag.split(separator: "\"").dropFirst().first ?? ""
                #expect(
                    ["http", "/dm/", "/chan", "ment", "chan"].contains { address.lowercased().hasPrefix($0) }, "\(tag)")
            }
        }
    }

    @Test func `pictures from elsewhere are links, so that reading tells nobody`() {
        let html = html("![cat](https://p.q/cat.png)")
        #expect(!html.contains("<img") && html.contains(#"<a href="https://p.q/cat.png""#) && html.contains("cat</a>"))
    }

    @Test func `names that exist become links, others stay words`() {
        let html = html("hello @ana_b, @nobody and #home; not `@ana_b` nor a@ana_b")
        #expect(html.contains(#"<a class="mention" data-user-id="7" href="/dm/ana_b">@ana_b</a>, @nobody"#))
        #expect(html.contains(#"<a class="channel-mention" href="/channels/1">#home</a>"#))
        #expect(html.contains("<code>@ana_b</code> nor a@ana_b"))
    }

    @Test func `who is addressed is read from the text alone`() {
        let names = MentionNames(in: "@Ana, @ben. `@code` [@link](https://a.b) @here\n\n```\n@block\n```")
        #expect(names.people == ["ana", "ben"])
        #expect(names.here && !names.everyone)
        #expect(MentionNames(in: "@channel!").everyone)
        #expect(MentionNames(in: String(repeating: "@a1b ", count: 3)).people == ["a1b"])
    }

    @Test func `an excerpt has the words without the marks`() {
        #expect(Markdown.plainText("**Door** is [open](https://a.b)\n\n> now", atMost: 140) == "Door is open now")
        #expect(Markdown.plainText(String(repeating: "ab ", count: 100), atMost: 10) == "ab ab ab …")
    }

    @Test func `text that tries to be expensive is rendered in no time`() {
        for text in [
            String(repeating: "[", count: 10_000), String(repeating: "> ", count: 5_000),
            String(repeating: "*a_", count: 3_333),
            String(repeating: "`a``", count: 2_500), String(repeating: "<", count: 10_000),
            String(repeating: "@a#", count: 3_333),
        ] {
            #expect(!html(text).isEmpty)
        }
    }

    private let allowed = [
        "p", "strong", "em", "del", "code", "pre", "a", "br", "ul", "ol", "li", "blockquote", "table", "thead", "tbody",
        "tr",
        "th", "td", "hr", "h1", "h2", "h3", "h4", "h5", "h6",
    ]

    private func html(_ text: String) -> String { Markdown.html(text, names: names) }

    /// What stands between `<` and `>`, without closing tags.
    private func tags(in html: String) -> [String] {
        html.split(separator: "<", omittingEmptySubsequences: false).dropFirst().compactMap { piece in
            let tag = piece.prefix { $0 != ">" }
            return tag.hasPrefix("/") ? nil : String(tag).replacingOccurrences(of: " /", with: "")
        }
    }
}
