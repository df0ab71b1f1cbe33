import Foundation
import Testing

@testable import HomeChat

@Suite struct SlackFormatTests {
    @Test(arguments: [
        ("*bold* and _it_", "**bold** and _it_"), ("~gone~", "~~gone~~"), ("**Markdown** stays", "**Markdown** stays"),
        ("2 * 3 * 4", "2 * 3 * 4"), ("* a list\n* of two", "* a list\n* of two"), ("a*b*c", "a*b*c"),
        ("<https://x.example|the *door*>", "[the \\*door\\*](<https://x.example>)"),
        ("<https://x.example>", "<https://x.example>"),
        ("`*code*` ```<x|y>```", "`*code*` ```<x|y>```"), ("<@U02|ana> <#C1|home> <@U03>", "ana home @\u{2060}U03"),
        ("<!channel> <!here|here>", "@channel @here"), ("<!date^1^{d}|today>", "today"),
        ("a &amp;&lt;b&gt;", "a &\\<b>"),
        ("<javascript:x|y>", "<javascript:x|y>"), ("*open", "*open"), ("<mailto:a@x.example|Ana>", "Ana"),
        ("*a* *b*", "**a** **b**"),
        ("<>", "<>"), ("<|>", "<|>"),
    ])
    func `Slack's markup becomes Markdown`(_ text: String, _ markdown: String) {
        #expect(SlackText.markdown(text) == markdown)
    }

    @Test func `text, user name and channel are taken, by a field of a form as well`() throws {
        let body = ##"{"text": "*Doorbell*", "username": "Front door", "channel": "#garden", "icon_emoji": ":bell:"}"##
        let post = try posted(body, isForSlack: true)
        #expect(post.text == "**Doorbell**" && post.sender == "Front door" && post.roomName == "#garden")
        #expect(try posted(body).text == "*Doorbell*", "our own address takes Markdown")
        #expect(try posted(body, format: .slack).text == "**Doorbell**")
        let field = "payload=" + (body.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
        #expect(try posted(field, type: "application/x-www-form-urlencoded", isForSlack: true).text == "**Doorbell**")
    }

    @Test func `attachments show title, text, fields and a colour that means something`() throws {
        let body =
            #"{"attachments": [{"fallback": "no", "color": "danger", "pretext": "Look:", "title": "Disk [1]", "title_link": "https://x.example", "text": "almost *full*", "fields": [{"title": "Host", "value": "nas", "short": true}], "footer": "AM"}]}"#
        #expect(
            try posted(body).text == """
                Look:
                🔴 **[Disk \\[1\\]](<https://x.example>)**
                almost **full**
                **Host**: nas
                AM
                """)
        #expect(try posted(#"{"attachments": [{"fallback": "only this"}]}"#).text == "only this")
        let many = Array(repeating: #"{"text": "x"}"#, count: 25).joined(separator: ",")
        #expect(try posted("{\"attachments\": [\(many)]}").text.hasSuffix("… and 5 more"))
    }

    @Test func `blocks are shown instead of the text that stands in for them`() throws {
        let body = #"""
            {"text": "stands in", "blocks": [
                {"type": "header", "text": {"type": "plain_text", "text": "Build *7*"}},
                {"type": "section", "text": {"type": "mrkdwn", "text": "*ok*"}, "fields": [{"type": "plain_text", "text": "@channel"}]},
                {"type": "divider"},
                {"type": "context", "elements": [{"type": "mrkdwn", "text": "by <https://x.example|ben>"}, {"type": "image", "image_url": "https://x.example/i.png", "alt_text": "face"}]},
                {"type": "actions", "elements": [{"type": "button", "text": {"type": "plain_text", "text": "Open"}, "url": "https://x.example/o"}, {"type": "button", "text": {"type": "plain_text", "text": "No"}}]},
                {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "a "}, {"type": "link", "url": "https://x.example"}]}, {"type": "rich_text_list", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]}]}]},
                {"type": "unheard_of"}]}
            """#
        #expect(
            try posted(body).text == """
                **Build \\*7\\***

                **ok**
                @\u{2060}channel

                ---

                by [ben](<https://x.example>) · [face](<https://x.example/i.png>)

                [Open](<https://x.example/o>)

                a [https://x.example](<https://x.example>)
                - one
                """)
    }

    @Test func `nothing to say is refused, and odd shapes bring nothing down`() throws {
        #expect(throws: ChatError.self) { try posted(#"{"text": " "}"#, format: .slack) }
        #expect(throws: ChatError.self) { try posted(#"{"blocks": [1, null, {"type": "section"}]}"#) }
        #expect(try posted(#"{"attachments": [3, {"fields": [1], "text": "x", "title": {}}]}"#).text == "x")
    }
}
