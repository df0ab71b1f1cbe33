import Foundation

/// A place where people talk: open to all, by invitation, or between a few.
package struct Channel: Sendable {
    package typealias ID = Identifier<Channel>

    package let id: ID
    package let kind: Kind
    package let name: String
    package let description: String
    package let owner: User.ID?
    package let archivedAt: Timestamp?
    /// How long its messages are kept; nil: as the server says.
    package let retentionDays: Int64?
    package let createdAt: Timestamp

    package enum Kind: String, Sendable {
        case `public`, `private`
        case dm
    }

    /// Everybody's channel. It has no door to leave by.
    static let homeName = "home"
    static let homeKey = nameKey(homeName)

    var isHome: Bool { kind == .public && nameKey(name) == Self.homeKey }
}

/// A channel as somebody wants it to be. Holding one means that its name and description are fit.
package struct ChannelDraft: Sendable {
    static let nameLengths = 2...50

    package let name: String
    package let description: String
    package let isPrivate: Bool

    package init(name: String, description: String = "", isPrivate: Bool = false) throws {
        self.name = try Self.name(name)
        self.description = try Self.description(description)
        self.isPrivate = isPrivate
    }

    static func name(_ text: String) throws -> String {
        let name = try line(text, "name", atMost: nameLengths.upperBound)
        guard nameLengths.contains(name.count), !nameKey(name).isEmpty else {
            throw ChatError.invalid("name", "must have 2 to 50 characters")
        }
        guard !name.unicodeScalars.contains(where: \.properties.isDefaultIgnorableCodePoint) else {
            throw ChatError.invalid("name", "must not have invisible characters")
        }
        return name
    }

    static func description(_ text: String) throws -> String {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.count <= 500 else { throw ChatError.invalid("description", "must have at most 500 characters") }
        guard !text.contains("\0") else { throw ChatError.invalid("description", "must not contain NUL") }
        return text
    }
}

/// What somebody changes about a channel; nil leaves a thing as it is.
package struct ChannelChange: Sendable {
    let name: String?
    let description: String?
    let isPrivate: Bool?
    let retention: RetentionChoice?

    package init(
        name: String? = nil, description: String? = nil, isPrivate: Bool? = nil, retention: RetentionChoice? = nil
    ) throws {
        self.name = try name.map { try ChannelDraft.name($0) }
        self.description = try description.map { try ChannelDraft.description($0) }
        self.isPrivate = isPrivate
        self.retention = retention
    }

    /// What somebody needs for it.
    var action: ChannelAction {
        retention != nil && name == nil && description == nil && isPrivate == nil ? .retain : .manage
    }
}
