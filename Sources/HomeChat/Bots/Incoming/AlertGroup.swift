/// Alerts that belong together, as Alertmanager and Grafana tell of them in nearly the same words.
struct AlertGroup: Sendable {
    static let mostAlerts = 10
    private static let longestText = 400
    private static let mostLabels = 8

    let name: String
    let isFiring: Bool
    let groupKey: String?
    /// What all of them have, but their name.
    let labels: [String: String]
    let link: String?
    let alerts: [Alert]
    /// Those that the sender left out itself.
    let omitted: Int

    struct Alert: Sendable {
        let isFiring: Bool
        let labels: [String: String]
        let annotations: [String: String]
        let startsAt: String?
        let links: [(name: String, address: String)]

        init(_ json: JSONValue, links names: [(field: String, name: String)]) {
            isFiring = json.string("status") != "resolved"
            labels = json["labels"]?.texts ?? [:]
            annotations = json["annotations"]?.texts ?? [:]
            startsAt = json.string("startsAt")
            links = names.compactMap { field, name in json.string(field).map { (name, $0) } }
        }
    }

    init(_ json: JSONValue, links: [(field: String, name: String)]) throws {
        alerts = json.list("alerts").map { Alert($0, links: links) }
        guard !alerts.isEmpty else { throw ChatError.invalid("alerts", "must be a list of at least one alert") }
        let common = json["commonLabels"]?.texts ?? [:]
        name =
            common["alertname"] ?? json["groupLabels"]?.texts["alertname"] ?? json.string("title")
            ?? alerts[0].labels["alertname"] ?? "Alert"
        labels = common.filter { $0.key != "alertname" }
        isFiring = json.string("status").map { $0 != "resolved" } ?? alerts.contains(where: \.isFiring)
        groupKey = json.string("groupKey")
        link = json.string("externalURL")
        omitted = json["truncatedAlerts"]?.text.flatMap(Int.init) ?? 0
    }

    /// One message for a group: it changes while alerts come and go, and a group that fires anew is a new message.
    func post(_ family: String) -> IncomingPost {
        var post = IncomingPost(text, key: groupKey.map { IncomingPost.key(family, $0) })
        post.endsCard = !isFiring
        return post
    }

    private var text: String {
        let firing = alerts.filter(\.isFiring)
        let count = isFiring && firing.count + omitted > 1 ? "\(firing.count + omitted) × " : ""
        let head =
            "\(isFiring ? "🔥" : "✅") **\(count)\(MarkdownText.link(name, to: link))**\(isFiring ? "" : " is resolved")"
        let ordered = firing + alerts.filter { !$0.isFiring }
        let lines = ordered.prefix(Self.mostAlerts).map { line($0) }
        let rest = ordered.count - lines.count + max(omitted, 0)
        return ([head, Self.words(for: labels)] + lines + [rest > 0 ? "- … and \(rest) more" : ""])
            .filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private func line(_ alert: Alert) -> String {
        let own = alert.labels.filter { $0.key != "alertname" && labels[$0.key] != $0.value }
        let said = ["summary", "message", "description"].lazy.compactMap { alert.annotations[$0] }.first
        let parts = [
            isFiring && !alert.isFiring ? "✅" : "",
            said.map { MarkdownText.inline($0, atMost: Self.longestText) } ?? "",
            Self.words(for: own),
            alert.startsAt.map { "since " + MarkdownText.inline(Self.minute($0), atMost: 40) } ?? "",
            alert.links.map { MarkdownText.link($0.name, to: $0.address) }.joined(separator: " "),
        ]
        return "- " + parts.filter { !$0.isEmpty }.joined(separator: " · ")
    }

    private static func words(for labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.prefix(mostLabels)
            .map { MarkdownText.inline("\($0.key)=\($0.value)", atMost: 100) }.joined(separator: ", ")
    }

    /// `2026-11-26T02:43:59.123Z` as people read it.
    private static func minute(_ time: String) -> String {
        guard time.hasSuffix("Z"), time.utf8.count >= 17 else { return time }
        return time.prefix(16).replacing("T", with: " ") + " UTC"
    }
}
