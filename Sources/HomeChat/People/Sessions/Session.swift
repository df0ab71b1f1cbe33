/// A browser or an app that somebody signed in with. Its token is kept as SHA-256 only.
package struct Session: Sendable {
    package typealias ID = Identifier<Session>

    package let id: ID
    package let user: User.ID
    package let kind: Kind
    package let userAgent: String
    package let ipAddress: String
    package let createdAt: Timestamp
    package let lastSeenAt: Timestamp

    package enum Kind: String, Sendable {
        case browser, device
    }

    static let idlePeriod = Duration.days(14)
    static let longestPeriod = Duration.days(30)
    /// Of one person and kind. Beyond it those end that were not used for the longest time: a script that signs in each time
    /// would else leave hundreds of thousands behind, and it ends none of a browser.
    static let maximumPerKind = 1_000

    func isAlive(at now: Timestamp) -> Bool {
        now < lastSeenAt + Self.idlePeriod && now < createdAt + Self.longestPeriod
    }
}

/// Where a sign-in comes from, for the list of sessions.
package struct Device: Sendable {
    package let kind: Session.Kind
    package let caller: Caller
    /// Who signed in there fully before.
    var known = KnownDevices(cookie: nil)

    package init(kind: Session.Kind, caller: Caller) {
        self.kind = kind
        self.caller = caller
    }
}
