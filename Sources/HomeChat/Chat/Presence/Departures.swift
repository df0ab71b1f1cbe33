import Logging
import ServiceLifecycle

/// Says that somebody went, once it is clear that they did: a page that is loaded again is gone for a moment only.
final class Departures: Service {
    static let grace = Duration.seconds(3)

    private let presence: Presence
    private let logger: Logger
    private let leaving = AsyncStream.makeStream(of: User.ID.self)

    init(presence: Presence, logger: Logger) {
        self.presence = presence
        self.logger = logger
    }

    func leave(_ user: User.ID) {
        leaving.continuation.yield(user)
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for await user in leaving.stream.cancelOnGracefulShutdown() {
                group.addTask { [self] in await depart(user) }
            }
            group.cancelAll()
        }
    }

    private func depart(_ user: User.ID) async {
        guard (try? await Task.sleep(for: Self.grace)) != nil, !presence.board.contains(user) else { return }
        do {
            try await presence.departed(user)
        } catch {
            // They go offline by themselves when the horizon is reached.
            logger.warning("a departure could not be stored", metadata: ["error_type": "\(type(of: error))"])
        }
    }
}
