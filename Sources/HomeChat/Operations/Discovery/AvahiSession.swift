import CAvahi
import Synchronization

/// One connection to the Avahi daemon, on a thread of its own: it waits for what the daemon has to say, looks how things
/// stand, and does what is missing. The library calls nothing back, so nothing of ours is in its hands.
final class AvahiSession: Sendable {
    enum Ending: Sendable {
        case stopped
        /// The daemon or D-Bus went away, as when it restarts.
        case lost
        /// There is no D-Bus, or the daemon does not want it.
        case refused
    }

    private struct State {
        var isStopped = false
        /// The poll's address, while it may be woken.
        var poll: UInt?
    }

    private static let mostNames = 100

    private let announcement: Announcement
    private let journal: AvahiJournal
    private let state = Mutex(State())

    init(_ announcement: Announcement, _ journal: AvahiJournal) {
        self.announcement = announcement
        self.journal = journal
    }

    /// From any thread.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            if let poll = state.poll { avahi_simple_poll_wakeup(OpaquePointer(bitPattern: poll)) }
        }
    }

    /// Until it is stopped or cannot go on. Leaving withdraws what was announced.
    func run() -> Ending {
        guard let poll = avahi_simple_poll_new() else { return .refused }
        defer { avahi_simple_poll_free(poll) }
        state.withLock { $0.poll = UInt(bitPattern: poll) }
        defer { state.withLock { $0.poll = nil } }

        var problem: Int32 = 0
        guard let client = avahi_client_new(avahi_simple_poll_get(poll), AVAHI_CLIENT_NO_FAIL, nil, nil, &problem)
        else {
            journal.note(.absent(Self.words(problem)))
            return .refused
        }
        defer { avahi_client_free(client) }  // its groups with it
        return watch(client, poll)
    }

    private func watch(_ client: OpaquePointer, _ poll: OpaquePointer) -> Ending {
        var entry: Entry?
        while !state.withLock(\.isStopped) {
            switch avahi_client_get_state(client) {
            case AVAHI_CLIENT_S_RUNNING:
                do throws(Refusal) {
                    if entry == nil { entry = try Entry(client, announcement.name) }
                    try entry?.settle(announcement, journal)
                } catch {
                    guard !error.isLoss else { return .lost }
                    journal.note(.refused(Self.words(error.code)))
                    return .refused
                }
            case AVAHI_CLIENT_S_REGISTERING, AVAHI_CLIENT_S_COLLISION:
                // The machine changes its own name; the service is told anew afterwards.
                entry?.withdraw()
            case AVAHI_CLIENT_CONNECTING:
                journal.note(.absent("no avahi-daemon"))
            default:
                journal.note(.lost)
                return .lost
            }
            // A failure of poll itself; the daemon's are states.
            if avahi_simple_poll_iterate(poll, -1) < 0 { return .lost }
        }
        return .stopped
    }

    private static func words(_ code: Int32) -> String {
        avahi_strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }

    struct Refusal: Error {
        let code: Int32
        var isLoss: Bool { [Int32(AVAHI_ERR_DISCONNECTED), Int32(AVAHI_ERR_BAD_STATE)].contains(code) }
    }

    /// The service as the daemon has it.
    private struct Entry {
        private let group: OpaquePointer
        private var name: String
        private var names = 0
        private var isTold = false

        init(_ client: OpaquePointer, _ name: String) throws(Refusal) {
            guard let group = avahi_entry_group_new(client, { _, _, _ in }, nil) else {
                throw Refusal(code: avahi_client_errno(client))
            }
            self.group = group
            self.name = name
        }

        /// Tells it, or says how it went; where the name is somebody else's, the next one.
        mutating func settle(_ announcement: Announcement, _ journal: AvahiJournal) throws(Refusal) {
            switch avahi_entry_group_get_state(group) {
            case Int32(AVAHI_ENTRY_GROUP_ESTABLISHED.rawValue):
                journal.note(.announced(name, announcement.port))
            case Int32(AVAHI_ENTRY_GROUP_COLLISION.rawValue):
                try takeNextName()
                try tell(announcement)
            case Int32(AVAHI_ENTRY_GROUP_UNCOMMITED.rawValue):
                if !isTold { try tell(announcement) }
            case Int32(AVAHI_ENTRY_GROUP_REGISTERING.rawValue):
                break
            default:
                throw Refusal(code: Int32(AVAHI_ERR_FAILURE))
            }
        }

        mutating func withdraw() {
            guard isTold else { return }
            isTold = false
            avahi_entry_group_reset(group)
        }

        private mutating func tell(_ announcement: Announcement) throws(Refusal) {
            while true {
                avahi_entry_group_reset(group)
                let code = add(announcement)
                if code == 0 { break }
                guard code == AVAHI_ERR_COLLISION else { throw Refusal(code: code) }
                try takeNextName()  // another program of this machine has it
            }
            let code = avahi_entry_group_commit(group)
            guard code == 0 else { throw Refusal(code: code) }
            isTold = true
        }

        private func add(_ announcement: Announcement) -> Int32 {
            var texts: OpaquePointer?
            // The list grows at its front.
            for text in announcement.texts.reversed() {
                texts = OpaquePointer(avahi_string_list_add(.init(texts), text))
            }
            defer { avahi_string_list_free(.init(texts)) }
            let family: AvahiProtocol =
                switch announcement.family {
                case .ipv4: AvahiProtocol(AVAHI_PROTO_INET)
                case .ipv6: AvahiProtocol(AVAHI_PROTO_INET6)
                case .both: AvahiProtocol(AVAHI_PROTO_UNSPEC)
                }
            return avahi_entry_group_add_service_strlst(
                group, AvahiIfIndex(AVAHI_IF_UNSPEC), family, AvahiPublishFlags(0), name, Announcement.type, nil, nil,
                announcement.port, .init(texts))
        }

        private mutating func takeNextName() throws(Refusal) {
            names += 1
            guard names <= AvahiSession.mostNames, let next = avahi_alternative_service_name(name) else {
                throw Refusal(code: Int32(AVAHI_ERR_COLLISION))
            }
            name = String(cString: next)
            avahi_free(next)
        }
    }
}
