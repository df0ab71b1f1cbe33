import Storage

/// A channel as somebody names it: by number on a page, by name on the command line.
package enum ChannelChoice: Sendable, Hashable {
    case id(Channel.ID)
    case named(String)

    /// - Throws: `invalid("channels", …)` for what is no channel; a conversation is none.
    func resolve(_ tx: borrowing Transaction) throws -> Channel {
        let found =
            switch self {
            case .id(let id): try Channel.find(id, tx)
            case .named(let name): try Channel.find(named: name.trimmingPrefix("#").description, tx)
            }
        guard let found, found.kind != .dm else {
            throw ChatError.invalid("channels", "names a channel that is not here")
        }
        return found
    }
}

/// What somebody is to be in the household, and for whom an admin has to choose, where and with whom.
package struct RoleChoice: Sendable {
    /// "One or two channels": a guest is no member.
    static let guestChannels = 1...2
    static let longestVisit = Duration.days(366)

    let role: User.Role
    /// nil leaves the channels as they are.
    let channels: [ChannelChoice]?
    /// nil leaves the people as they are.
    let people: [String]?
    let visit: Duration?

    /// - Parameters:
    ///   - channels: where a limited person or a guest may be.
    ///   - people: user names of those with whom they may have conversations.
    ///   - visit: how long a guest stays, from now.
    package init(
        _ role: User.Role, channels: [ChannelChoice]? = nil, people: [String]? = nil, visit: Duration? = nil
    ) throws {
        if role == .guest {
            guard let visit else { throw ChatError.missing("until") }
            guard visit > .zero, visit <= Self.longestVisit else {
                throw ChatError.invalid(
                    "until", "must be within the next \(Self.longestVisit.components.seconds / 86_400) days")
            }
            guard let channels, Self.guestChannels.contains(Set(channels).count) else {
                throw ChatError.invalid("channels", "must be one or two for a guest")
            }
        } else {
            guard visit == nil else { throw ChatError.invalid("until", "is for guests only") }
        }
        if !role.isRestricted {
            guard channels == nil, people == nil else {
                throw ChatError.invalid("channels", "are chosen for limited accounts and guests only")
            }
        }
        self.role = role
        self.channels = channels
        self.people = people
        self.visit = visit
    }
}
