import Foundation
import Storage

/// Which entries somebody wants to see: what the command line, the API and the page ask for, in the same words.
package struct AuditFilter: Sendable {
    package var actions: [AuditAction] = []
    /// The name that somebody had at that time.
    package var actor: String?
    /// Who it was, by today's name or by id.
    package var user: String?
    var address: AddressChoice?
    package var since: Timestamp?
    package var until: Timestamp?
    /// "user:3", or with nothing behind the colon all of that kind.
    package var target: String?
    package var requestID: String?

    enum AddressChoice: Sendable, Equatable {
        case one(String)
        case network(Network)
    }

    package init() {}
}

extension AuditFilter {
    /// As they are typed; what is empty is not asked for.
    package struct Words: Sendable {
        package var actions: [String] = []
        package var actor: String?
        package var user: String?
        package var ip: String?
        package var since: String?
        package var until: String?
        package var target: String?
        package var requestID: String?

        package init() {}
    }

    /// - Throws: `invalid`, which names the field.
    package init(_ words: Words, at now: Timestamp) throws {
        actions = try words.actions.filter { !$0.isEmpty }.map(Self.action)
        actor = try Self.word(words.actor, "actor")
        user = try Self.word(words.user, "user")
        address = try Self.word(words.ip, "ip").map(Self.address)
        since = try Self.word(words.since, "since").map { try Self.moment($0, "since", now) }
        until = try Self.word(words.until, "until").map { try Self.moment($0, "until", now) }
        target = try Self.word(words.target, "target")
        requestID = try Self.word(words.requestID, "request_id")
    }

    /// For the entry about an export: which part of the log it was.
    var summary: String {
        var parts: [String] = []
        if !actions.isEmpty { parts.append("action=" + actions.map(\.rawValue).joined(separator: ",")) }
        if let actor { parts.append("actor=\(actor)") }
        if let user { parts.append("user=\(user)") }
        switch address {
        case .one(let ip): parts.append("ip=\(ip)")
        case .network(let network): parts.append("ip=\(network.text)")
        case nil: break
        }
        if let since { parts.append("since=\(since.iso8601)") }
        if let until { parts.append("until=\(until.iso8601)") }
        if let target { parts.append("target=\(target)") }
        if let requestID { parts.append("request_id=\(requestID)") }
        return parts.isEmpty ? "everything" : parts.joined(separator: " ")
    }

    private static func action(_ text: String) throws -> AuditAction {
        guard let action = AuditAction(rawValue: text) else {
            let near = AuditAction.allCases.map(\.rawValue).filter { $0.contains(text) || text.contains($0) }
            let hint = near.isEmpty ? "login, login_failed, api_request, …" : near.joined(separator: ", ")
            throw ChatError.invalid("action", "must be one that the log knows, like \(hint)")
        }
        return action
    }

    private static func address(_ text: String) throws -> AddressChoice {
        guard let network = Network(text) else {
            throw ChatError.invalid("ip", "must be an address or a network like 203.0.113.0/24")
        }
        return text.contains("/") ? .network(network) : .one(network.text)
    }

    /// "24h" is so long ago; anything else is a time in ISO 8601, or a day.
    private static func moment(_ text: String, _ field: String, _ now: Timestamp) throws -> Timestamp {
        if let span = Duration(span: text) { return now - span }
        // Forms for a time send neither seconds nor a zone.
        for form in [text, text + "Z", text + ":00Z", text + "T00:00:00Z"] {
            if let moment = Timestamp(iso8601: form) { return moment }
        }
        throw ChatError.invalid(field, "must be a time like 2026-11-25T18:00:00Z, or so long ago, like 24h or 7d")
    }

    private static func word(_ text: String?, _ field: String) throws -> String? {
        guard let text = text?.trimmingCharacters(in: .whitespacesAndNewlines), !text.isEmpty else { return nil }
        guard text.count <= 200, text.utf8.count <= 800, !text.utf8.contains(0) else {
            throw ChatError.invalid(field, "must have at most 200 characters")
        }
        return text
    }
}
