import Cable
import Logging
import ServiceLifecycle
import Storage
import Synchronization

/// Tells connected people their new counts. Several times a second at most, and in one query for all of them: a busy
/// channel costs as much as a quiet one.
final class UnreadTeller: Service {
    static let period = Duration.milliseconds(200)

    private let database: any Database
    private let registry: StreamRegistry
    private let board: PresenceBoard
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let due = Mutex(Due())
    private let wakeUps = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    private struct Due {
        /// Something was said in these.
        var channels: Set<Channel.ID> = []
        /// These people's own view of a channel changed.
        var views: Set<Pair> = []
    }

    private struct Pair: Hashable {
        let channel: Channel.ID
        let user: User.ID
    }

    init(
        database: any Database, registry: StreamRegistry, board: PresenceBoard,
        now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.database = database
        self.registry = registry
        self.board = board
        self.now = now
        self.logger = logger
    }

    func note(_ events: [Event]) {
        due.withLock { due in
            for event in events {
                switch event {
                case .messagePosted(_, let channel), .messageDeleted(_, let channel): due.channels.insert(channel)
                case .messageChanged(_, let channel): due.channels.insert(channel)
                case .readMoved(let channel, let user), .joined(let channel, let user):
                    due.views.insert(Pair(channel: channel, user: user))
                case .channelChanged(let channel):
                    board.people.forEach { due.views.insert(Pair(channel: channel, user: $0)) }
                default: break
                }
            }
        }
        wakeUps.continuation.yield()
    }

    func run() async throws {
        for await _ in wakeUps.stream.cancelOnGracefulShutdown() {
            let work = due.withLock { due in
                defer { due = Due() }
                return due
            }
            do {
                try await tell(work)
                try await Task.sleep(for: Self.period)
            } catch is CancellationError {
                return
            } catch {
                logger.warning("unread counts could not be told", metadata: ["error_type": "\(type(of: error))"])
            }
        }
    }

    private func tell(_ work: Due) async throws {
        let people = board.people
        guard !people.isEmpty else { return }
        let moment = now()
        let views = work.views.filter { board.contains($0.user) }
        let (counts, channels) = try await database.read { tx in
            (
                try UnreadCounts.find(in: Array(work.channels), of: people, tx),
                try views.compactMap { view in
                    try Self.channel(view, moment, tx).map { (view.user, $0) }
                }
            )
        }
        var operations: [StreamOperation] = try counts.map {
            .send(Streams.user($0.user), try JSONBody.buffer(UnreadPayload($0)))
        }
        for (user, summary) in channels {
            operations.append(
                .send(
                    Streams.user(user), try JSONBody.buffer(ChannelPayload(channel: ChannelJSON(summary, at: moment)))))
        }
        registry.apply(operations)
    }

    private static func channel(_ view: Pair, _ now: Timestamp, _ tx: borrowing Transaction) throws -> ChannelSummary? {
        guard let user = try User.find(view.user, tx) else { return nil }
        let principal = Principal(
            user: user.id, username: user.username, role: user.role, credential: .console, scopes: nil)
        let summary = try ChannelSummary.all(.one(view.channel), for: principal, at: now, tx).first
        return summary.flatMap { $0.isMember ? $0 : nil }
    }
}
