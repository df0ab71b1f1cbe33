import Storage

/// A person with an account.
package struct User: Sendable {
    package typealias ID = Identifier<User>

    package let id: ID
    package let username: String
    package let displayName: String
    package let role: Role
    package let status: String
    package let statusEmoji: String
    package let timeZone: String
    package let theme: Theme
    package let enterSends: Bool
    package let lockedUntil: Timestamp?
    package let deletedAt: Timestamp?
    package let lastSeenAt: Timestamp?
    package let onlineUntil: Timestamp?
    package let createdAt: Timestamp
    /// What kind of bot it is the account of; nil: a person's.
    package let bot: Bot.Kind?
    /// Where a link for a forgotten password goes; the person's own business.
    package let email: String?
    /// 0 to 4, of the password when it was set; nil: before that was noted.
    package let passwordScore: Int?
    package let mustChangePassword: Bool
    /// Signed up, and no admin has let them in yet.
    package let awaitsApproval: Bool

    /// Does not want to be disturbed until then.
    package let quietUntil: Timestamp?

    /// When a guest's invitation ends; nil for everybody else.
    package let accessUntil: Timestamp?

    package enum Role: String, Sendable, CaseIterable {
        case admin, user
        /// A child: the channels and people that an admin chose, and no links to elsewhere.
        case limited
        /// Here for a while, in a channel or two.
        case guest
    }

    package enum Theme: String, Sendable, CaseIterable {
        case system, light, dark, contrast
    }

    /// What the others see of somebody's attention.
    package enum Presence: String, Sendable, Codable {
        case online, away, offline
    }

    /// Nothing heard for this long means away, and without an open connection offline.
    static let activePeriod = Duration.minutes(5)
}

extension User {
    /// Locked, or a guest whose time is over: no door opens.
    package func isLocked(at now: Timestamp) -> Bool { (lockedUntil.map { $0 > now } ?? false) || isOver(at: now) }

    package func isOver(at now: Timestamp) -> Bool { accessUntil.map { $0 <= now } ?? false }

    func presence(at now: Timestamp) -> Presence {
        guard let onlineUntil, onlineUntil > now else { return .offline }
        guard let lastSeenAt, lastSeenAt > now - Self.activePeriod else { return .away }
        return .online
    }

    func isQuiet(at now: Timestamp) -> Bool { quietUntil.map { $0 > now } ?? false }

    /// What others read beside the name.
    func shownStatus(at now: Timestamp) -> (emoji: String, text: String) {
        isQuiet(at: now) ? ("🔕", "Do not disturb") : (statusEmoji, status)
    }

    /// One or two letters to show where there is no picture.
    var initials: String {
        let words = displayName.split(whereSeparator: { " _-.".contains($0) })
        let letters =
            words.count > 1 ? [words[0].prefix(1), words[words.count - 1].prefix(1)] : [displayName.prefix(2)]
        return letters.joined().uppercased()
    }

    /// 0 to 7, the same for a name for ever (FNV-1a: Swift's own hash differs at each start).
    var colorIndex: Int {
        let hash = username.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return Int(hash % 8)
    }
}
