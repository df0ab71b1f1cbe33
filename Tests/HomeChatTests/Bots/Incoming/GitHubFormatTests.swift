import Testing

@testable import HomeChat

@Suite struct GitHubFormatTests {
    private static let place =
        #""repository": {"full_name": "ana/house", "html_url": "https://github.com/ana/house"}, "sender": {"login": "ana"}"#

    private func told(_ event: String, _ fields: String) throws -> String {
        try posted("{\(fields), \(Self.place)}", ["X-GitHub-Event": event]).text
    }

    @Test func `a push names its branch and its commits, and cuts long ones with a count`() throws {
        let commit =
            #"{"id": "0123456789abcdef", "message": "Mend *it*\n\nlong", "url": "https://github.com/ana/house/commit/0123456", "author": {"username": "ben"}}"#
        let one = try told(
            "push", #""ref": "refs/heads/main", "compare": "https://github.com/c", "commits": [\#(commit)]"#)
        #expect(
            one == """
                **ana** pushed [1 commit](<https://github.com/c>) to branch `main` of [ana/house](<https://github.com/ana/house>)
                - [0123456](<https://github.com/ana/house/commit/0123456>) Mend \\*it\\* (ben)
                """)
        let many = Array(repeating: commit, count: 14).joined(separator: ",")
        let long = try told("push", #""ref": "refs/heads/main", "forced": true, "commits": [\#(many)]"#)
        #expect(long.contains("force-pushed 14 commits") && long.hasSuffix("- … and 4 more"))
        #expect(
            try told("push", #""ref": "refs/tags/v1", "commits": [], "created": true"#).hasPrefix(
                "**ana** made tag `v1`"))
        #expect(try told("push", #""ref": "refs/heads/x", "deleted": true"#).hasPrefix("**ana** deleted branch `x`"))
    }

    @Test func `GitHub's own verbs are not taken for ours`() throws {
        let body =
            #""action": "closed", "pull_request": {"number": 7, "title": "Add @channel", "html_url": "https://github.com/p", "merged": true}"#
        let text = try told("pull_request", body)
        #expect(
            text
                == "**ana** merged pull request [#\u{2060}7 Add @\u{2060}channel](<https://github.com/p>) in [ana/house](<https://github.com/ana/house>)"
        )
        #expect(!MentionNames(in: text).everyone)
        let odd = try told("issues", #""action": "send_message", "issue": {"number": 1, "title": "x"}"#)
        #expect(odd.hasPrefix("**ana** send message issue"))
    }

    @Test func `issues, comments and releases are a line, and a comment is quoted`() throws {
        let issue = #""issue": {"number": 3, "title": "Leak", "html_url": "https://github.com/i"}"#
        #expect(
            try told("issues", #""action": "opened", \#(issue)"#).hasPrefix(
                "**ana** opened issue [#\u{2060}3 Leak](<https://github.com/i>)"))
        let comment = try told(
            "issue_comment",
            #""action": "created", \#(issue), "comment": {"body": "See\n# this @here", "html_url": "https://github.com/c"}"#
        )
        #expect(comment.contains("commented on [#\u{2060}3 Leak](<https://github.com/c>)"))
        #expect(comment.hasSuffix("\n> See\n> \\# this @\u{2060}here"))
        let release = try told(
            "release", #""action": "published", "release": {"tag_name": "v2", "html_url": "https://github.com/r"}"#)
        #expect(release.hasPrefix("**ana** published release **[v2](<https://github.com/r>)**"))
    }

    @Test func `a workflow is one message from its start to its end`() throws {
        func run(_ fields: String) throws -> IncomingPost {
            let body =
                #"{"action": "x", "workflow_run": {"id": 5, "name": "CI", "head_branch": "main", \#(fields)}, \#(Self.place)}"#
            return try posted(body, ["X-GitHub-Event": "workflow_run"])
        }
        let began = try run(#""status": "in_progress", "conclusion": null"#)
        let failed = try run(#""status": "completed", "conclusion": "failure""#)
        #expect(began.text.hasPrefix("⏳ CI is running on `main`") && failed.text.hasPrefix("❌ CI failed on `main`"))
        #expect(began.key != nil && began.key == failed.key)
        #expect(try failed.draft().key == failed.key)
        #expect(try run(#""conclusion": "success""#).text.hasPrefix("✅ CI succeeded"))
    }

    @Test func `a ping, an unknown event and an empty one are told too`() throws {
        #expect(
            try told("ping", #""zen": "Keep it *simple*.""#)
                == "[ana/house](<https://github.com/ana/house>) is connected: Keep it \\*simple\\*.")
        #expect(
            try told("deployment_status", #""action": "created""#)
                == "[ana/house](<https://github.com/ana/house>): `deployment_status`, `created` by **ana**")
        for event in [
            "ping", "push", "pull_request", "issues", "issue_comment", "release", "workflow_run", "x`\n@channel",
        ] {
            let post = try posted("{}", ["X-GitHub-Event": event])
            #expect(try !post.draft().text.isEmpty && !post.draft().mentions.everyone)
        }
    }

    @Test func `without the header the body tells, where the webhook is GitHub's`() throws {
        let body = #"{"zen": "x"}"#
        #expect(try posted(body, format: .github).text.contains("is connected"))
        #expect(throws: ChatError.self) { try posted(#"{"a": 1}"#, format: .github) }
        for (field, event) in [
            ("\"pull_request\": {}", "pull request"), ("\"issue\": {}, \"comment\": {}", "changed"),
            ("\"issue\": {}", "issue"), ("\"release\": {}", "release"), ("\"workflow_run\": {}", "about to run"),
            ("\"commits\": [], \"ref\": \"x\"", "branch"),
        ] {
            #expect(try posted("{\(field)}", format: .github).text.contains(event), "\(event)")
        }
    }
}
