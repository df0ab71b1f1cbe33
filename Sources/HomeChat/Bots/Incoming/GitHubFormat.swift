/// What GitHub and those that speak like it (Gitea, Forgejo) tell, by the event of their header.
enum GitHubFormat {
    private static let mostCommits = 10
    private static let longestExcerpt = 300

    static func post(_ json: JSONValue, event: String?) throws -> IncomingPost {
        guard let event else {
            throw ChatError.invalid("X-GitHub-Event", "is missing, and the body is no event that is known without it")
        }
        return switch event {
        case "ping": IncomingPost(ping(json))
        case "push": IncomingPost(push(json))
        case "pull_request": IncomingPost(pullRequest(json))
        case "issues": IncomingPost(issue(json))
        case "issue_comment": IncomingPost(comment(json))
        case "release": IncomingPost(release(json))
        case "workflow_run": workflowRun(json)
        default: IncomingPost(other(json, event))
        }
    }

    /// For senders whose header was lost on the way.
    static func guess(_ json: JSONValue) -> String? {
        switch true {
        case json["zen"] != nil: "ping"
        case json["commits"] != nil && json["ref"] != nil: "push"
        case json["pull_request"] != nil: "pull_request"
        case json["comment"] != nil && json["issue"] != nil: "issue_comment"
        case json["issue"] != nil: "issues"
        case json["release"] != nil: "release"
        case json["workflow_run"] != nil: "workflow_run"
        default: nil
        }
    }

    private static func ping(_ json: JSONValue) -> String {
        let zen = json.string("zen").map { ": " + MarkdownText.inline($0) } ?? ""
        return "\(place(json)) is connected\(zen)"
    }

    private static func push(_ json: JSONValue) -> String {
        let ref = json.string("ref") ?? "?"
        let isTag = ref.hasPrefix("refs/tags/")
        let name = MarkdownText.code(String(ref.trimmingPrefix(isTag ? "refs/tags/" : "refs/heads/")))
        let what = "\(isTag ? "tag" : "branch") \(name) of \(place(json))"
        if json["deleted"] == .boolean(true) { return "\(who(json)) deleted \(what)" }
        let commits = json.list("commits")
        guard !commits.isEmpty else {
            return "\(who(json)) \(json["created"] == .boolean(true) ? "made" : "moved") \(what)"
        }
        let count = "\(commits.count) commit\(commits.count == 1 ? "" : "s")"
        let forced = json["forced"] == .boolean(true) ? "force-pushed" : "pushed"
        let head = "\(who(json)) \(forced) \(MarkdownText.link(count, to: json.string("compare"))) to \(what)"
        let lines = commits.prefix(mostCommits).map(commit)
        let rest = commits.count - lines.count
        return ([head] + lines + (rest > 0 ? ["- … and \(rest) more"] : [])).joined(separator: "\n")
    }

    private static func commit(_ json: JSONValue) -> String {
        let id = String((json.string("id") ?? "").prefix(7))
        let first = json.string("message")?.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        let author = json["author"]?.string("username", "name").map { " (\(MarkdownText.inline($0)))" } ?? ""
        return "- \(MarkdownText.link(id, to: json.string("url"))) \(MarkdownText.inline(first, atMost: 120))\(author)"
    }

    private static func pullRequest(_ json: JSONValue) -> String {
        let request = json["pull_request"] ?? .null
        let verb =
            switch json.string("action") {
            case "closed" where request["merged"] == .boolean(true): "merged"
            case "synchronize": "pushed to"
            case "ready_for_review": "opened for review"
            case "converted_to_draft": "took back to a draft"
            case "review_requested": "asked for a review of"
            case let action: self.verb(action)
            }
        return "\(who(json)) \(verb) pull request \(numbered(request)) in \(place(json))"
    }

    private static func issue(_ json: JSONValue) -> String {
        "\(who(json)) \(verb(json.string("action"))) issue \(numbered(json["issue"] ?? .null)) in \(place(json))"
    }

    private static func comment(_ json: JSONValue) -> String {
        let comment = json["comment"] ?? .null
        let verb =
            switch json.string("action") {
            case "created": "commented on"
            case "edited": "changed a comment on"
            case "deleted": "deleted a comment on"
            case let action: self.verb(action)
            }
        var issue = json["issue"] ?? .null
        if case .object(var values) = issue, let url = comment["html_url"] {
            values["html_url"] = url
            issue = .object(values)
        }
        let head = "\(who(json)) \(verb) \(numbered(issue)) in \(place(json))"
        guard json.string("action") != "deleted", let body = comment.string("body") else { return head }
        return head + "\n" + MarkdownText.quote(body, atMost: longestExcerpt)
    }

    private static func release(_ json: JSONValue) -> String {
        let release = json["release"] ?? .null
        let name = release.string("name", "tag_name") ?? "a release"
        let kind = release["prerelease"] == .boolean(true) ? "pre-release" : "release"
        return "\(who(json)) \(verb(json.string("action"))) \(kind) "
            + "**\(MarkdownText.link(name, to: release.string("html_url")))** of \(place(json))"
    }

    /// One message for a run, from its start to its end.
    private static func workflowRun(_ json: JSONValue) -> IncomingPost {
        let run = json["workflow_run"] ?? .null
        let name = MarkdownText.link(run.string("name") ?? "A workflow", to: run.string("html_url"))
        let (mark, state) =
            switch run.string("conclusion") {
            case "success": ("✅", "succeeded")
            case "failure", "timed_out", "startup_failure": ("❌", "failed")
            case "cancelled": ("⏹", "was cancelled")
            case "skipped", "neutral", "stale": ("⚪", "was skipped")
            case "action_required": ("🟡", "waits for somebody")
            case let other?: ("⚪", MarkdownText.inline(other, atMost: 40))
            case nil: ("⏳", run.string("status") == "in_progress" ? "is running" : "is about to run")
            }
        let branch = run.string("head_branch").map { " on \(MarkdownText.code($0))" } ?? ""
        let title = run.string("display_title").map { "\n" + MarkdownText.inline($0) } ?? ""
        let key = run.string("id").map {
            IncomingPost.key("run", "\(json["repository"]?.string("full_name") ?? "") \($0)")
        }
        return IncomingPost("\(mark) \(name) \(state)\(branch) of \(place(json))\(title)", key: key)
    }

    private static func other(_ json: JSONValue, _ event: String) -> String {
        let action = json.string("action").map { ", \(MarkdownText.code($0))" } ?? ""
        let by = json["sender"]?.string("login") == nil ? "" : " by \(who(json))"
        return "\(place(json)): \(MarkdownText.code(event))\(action)\(by)"
    }

    private static func verb(_ action: String?) -> String {
        MarkdownText.inline((action ?? "changed").replacing("_", with: " "), atMost: 40)
    }

    private static func who(_ json: JSONValue) -> String {
        MarkdownText.bold(json["sender"]?.string("login") ?? json["pusher"]?.string("name") ?? "somebody", atMost: 60)
    }

    private static func place(_ json: JSONValue) -> String {
        let repository = json["repository"] ?? .null
        if let name = repository.string("full_name", "name") {
            return MarkdownText.link(name, to: repository.string("html_url"))
        }
        return MarkdownText.inline(json["organization"]?.string("login") ?? "GitHub", atMost: 100)
    }

    private static func numbered(_ json: JSONValue) -> String {
        let number = json.string("number").map { "#\($0) " } ?? ""
        return MarkdownText.link(number + (json.string("title") ?? "without a title"), to: json.string("html_url"))
    }
}
