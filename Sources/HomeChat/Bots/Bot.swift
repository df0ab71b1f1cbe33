import Foundation
import Storage

/// Something that talks and is no person: an account without a password, with a webhook in each direction.
package struct Bot: Sendable {
    package typealias ID = Identifier<Bot>

    package let id: ID
    /// The account that its messages are by.
    package let user: User.ID
    package let username: String
    /// Whoever made it; nil once that account is gone.
    package let owner: User.ID?
    package let name: String
    package let description: String
    package let kind: Kind
    package let isActive: Bool
    /// Where its messages go that name no channel; nil: `home-assistant`.
    package let channel: Channel.ID?
    /// The last part of its incoming address, and at Home Assistant the id of the hook there: a capability, shown only to those
    /// who may manage bots. nil: it has no webhook.
    package let webhookID: String?
    /// How a request to the incoming address proves itself.
    package let credential: WebhookCredential
    package let format: WebhookFormat
    /// Mustache over the JSON of a request, for `format` `template`.
    package let template: String
    package let createdAt: Timestamp
    package let updatedAt: Timestamp
    package let lastActiveAt: Timestamp?

    /// The raw values are the wire's.
    package enum Kind: String, Sendable, CaseIterable, Codable {
        /// Speaks and listens by webhooks.
        case webhook
        /// Acts with a token of its own, in the channels that it was added to.
        case api
        /// Answers with a language model.
        case ai
    }
}

extension Bot.Kind {
    /// What stands beside its name.
    var badge: String { self == .ai ? "AI" : "bot" }
}

extension Bot {
    /// The names of what is different there, for the audit log.
    func differences(from other: Bot) -> [String] {
        let all: [(String, Bool)] = [
            ("name", name != other.name), ("description", description != other.description),
            ("active", isActive != other.isActive), ("credential", credential != other.credential),
            ("format", format != other.format), ("template", template != other.template),
            ("channel", channel != other.channel),
        ]
        return all.filter(\.1).map(\.0)
    }

    /// Who the server acts as when the bot speaks.
    var principal: Principal {
        var principal = Principal(
            user: user, username: username, role: .user, credential: .bot(id),
            scopes: [.messagesRead, .messagesWrite, .channelsRead, .channelsWrite])
        principal.bot = kind
        return principal
    }
}

/// What a request to an incoming webhook has to bring.
package enum WebhookCredential: String, Sendable, CaseIterable {
    /// HMAC-SHA256 over the body.
    case signature
    /// The secret itself, in the header `Authorization: Bearer`, for senders that cannot sign.
    case bearer
    /// The secret itself, in the address, for senders that can do nothing else.
    case url
}

/// What the body of a request to an incoming webhook is.
package enum WebhookFormat: String, Sendable, CaseIterable {
    /// Told apart by its headers and fields.
    case auto
    case native, github, alertmanager, grafana, slack, text, template
}

/// A bot that nobody has made yet. Holding one means that it is fit.
package struct NewBot: Sendable {
    static let nameLengths = 2...50
    static let webhookIDLengths = 16...128

    let name: String
    let description: String
    let kind: Bot.Kind
    let webhookID: String?
    let channel: Channel.ID?

    package init(
        name: String, description: String = "", kind: Bot.Kind = .webhook, webhookID: String? = nil,
        channel: Channel.ID? = nil
    ) throws {
        self.name = try Self.name(name)
        self.description = try line(description, "description", atMost: 500)
        self.kind = kind
        self.webhookID = try webhookID.map(Self.webhookID)
        self.channel = channel
    }

    static func name(_ text: String) throws -> String {
        let name = try line(text, "name", atMost: nameLengths.upperBound)
        guard nameLengths.contains(name.count) else {
            throw ChatError.invalid(
                "name", "must have \(nameLengths.lowerBound) to \(nameLengths.upperBound) characters")
        }
        return name
    }

    /// An id is a capability at the other end, so it has to be long; it stands in addresses, so it has to be plain.
    static func webhookID(_ text: String) throws -> String {
        guard webhookIDLengths.contains(text.utf8.count), text.utf8.allSatisfy(isPlain) else {
            throw ChatError.invalid("webhook_id", "must be 16 to 128 letters, digits, - and _")
        }
        return text
    }

    /// Of somebody who is no admin, only ids that Home Assistant makes up. Others are words in somebody's automations, which
    /// may trust whoever calls them from the house, as the server does.
    static func requireMadeUp(_ id: String, by principal: Principal) throws {
        guard !principal.isAdmin else { return }
        let isHexadecimal = id.utf8.allSatisfy { $0 == UInt8(ascii: "-") || Character(Unicode.Scalar($0)).isHexDigit }
        guard id.utf8.count >= 32, isHexadecimal else {
            throw ChatError.invalid("webhook_id", "must be 32 hexadecimal digits or more, unless an admin chooses it")
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// User names to try, from "Front Door" to `front-door`, `front-door-2`, …: never the name of somebody else.
    static func usernames(for name: String) -> some Sequence<String> {
        let mapped = name.lowercased().precomposedStringWithCompatibilityMapping.unicodeScalars.map {
            Username.isAllowed($0) ? Character($0) : "-"
        }
        var stem = String(mapped).split(separator: "-").joined(separator: "-")
        if (try? Username(stem)) == nil {
            let plain = stem.unicodeScalars.filter(\.isASCII).map(String.init).joined()
            stem = plain.isEmpty ? "bot" : "bot-" + plain
        }
        let short = String(stem.prefix(Username.lengths.upperBound - 5))
        return sequence(first: 1, next: { $0 + 1 }).lazy.prefix(1000).map { $0 == 1 ? short : "\(short)-\($0)" }
    }
}
