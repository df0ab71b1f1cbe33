import Logging
import ServiceLifecycle
import Storage

/// Tells the other nodes a few times a second what this one let through, so that a limit counts on all of them.
struct RateTeller: Service {
    static let period = Duration.milliseconds(250)

    let limits: RateLimits
    let database: any Database
    let logger: Logger

    func run() async throws {
        guard database.engine == .postgres else { return try await gracefulShutdown() }  // one process, nobody to tell
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.period)) != nil {
                await tell()
            }
        }
    }

    private func tell() async {
        do {
            for spends in limits.takeWaiting() { try await database.announce(Event.spent(spends).notice) }
        } catch {
            // The others limit on their own meanwhile.
            logger.warning("spends could not be told", metadata: ["error_type": "\(type(of: error))"])
        }
    }
}
