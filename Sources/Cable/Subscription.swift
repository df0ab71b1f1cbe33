import NIOCore

/// One confirmed subscription of one connection. Confined to the connection's event loop.
final class Subscription {
    unowned let connection: CableConnection
    let identifier: CableIdentifier
    let grows: Bool
    private(set) var memberships: [Membership] = []

    /// Until then nothing is sent but kept; nil when it has settled.
    var settlesAt: NIODeadline?
    var held: [(stream: StreamName, frame: ByteBuffer)] = []

    init(connection: CableConnection, identifier: CableIdentifier, grows: Bool) {
        self.connection = connection
        self.identifier = identifier
        self.grows = grows
    }

    var isDeaf: Bool { memberships.isEmpty && !grows }

    func join(_ audience: Audience) {
        guard !memberships.contains(where: { $0.audience === audience }) else { return }
        let membership = Membership(subscription: self, audience: audience)
        memberships.append(membership)
        audience.add(membership)
    }

    /// True if the stream had been heard. What was kept of it is not sent any more.
    func leave(_ stream: StreamName) -> Bool {
        guard let index = memberships.firstIndex(where: { $0.audience.stream == stream }) else { return false }
        let membership = memberships.remove(at: index)
        membership.audience.remove(membership)
        let dropped = held.filter { $0.stream == stream }
        held.removeAll { $0.stream == stream }
        connection.heldBytes -= dropped.reduce(0) { $0 + $1.frame.readableBytes }
        return true
    }

    func leaveAll() {
        for membership in memberships { membership.audience.remove(membership) }
        memberships = []
        connection.heldBytes -= held.reduce(0) { $0 + $1.frame.readableBytes }
        held = []
    }
}

/// That a subscription hears a stream; knows its own place in the audience, so that leaving costs nothing.
final class Membership {
    unowned let subscription: Subscription
    let audience: Audience
    var index = 0

    init(subscription: Subscription, audience: Audience) {
        self.subscription = subscription
        self.audience = audience
    }
}

/// All who hear one stream under one spelling of the identifier: they get the same bytes.
final class Audience {
    struct Member {
        let connection: CableConnection
        let membership: Membership
    }

    let stream: StreamName
    let source: [UInt8]
    /// Flat, because a delivery is little more than the memory it touches.
    private(set) var members: ContiguousArray<Member> = []

    init(stream: StreamName, source: [UInt8]) {
        self.stream = stream
        self.source = source
    }

    func add(_ membership: Membership) {
        membership.index = members.count
        members.append(Member(connection: membership.subscription.connection, membership: membership))
    }

    func remove(_ membership: Membership) {
        let last = members.removeLast()
        guard last.membership !== membership else { return }
        members[membership.index] = last
        last.membership.index = membership.index
    }

    /// A copy of the members is walked: whoever is cut off on the way leaves the original.
    func deliver(_ payload: ByteBuffer) {
        let frame = CableFrame.message(payload, for: source)
        for member in members {
            if member.connection.settling == 0 {
                member.connection.write(frame)
            } else {
                member.connection.write(frame, of: stream, to: member.membership.subscription)
            }
        }
    }
}
