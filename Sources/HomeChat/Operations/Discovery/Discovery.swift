import Logging
import NIOPosix
import ServiceLifecycle

/// Keeps the announcement up, while there is an Avahi to hand it to. Without one the server is as good as with it, so that is
/// a line in the log.
struct Discovery: Service {
    let settings: Settings
    let listeners: Listeners
    let logger: Logger

    /// A daemon that restarts is back in a moment; one that is not installed is looked for now and then.
    private static let pause = Duration.seconds(1)
    private static let longPause = Duration.seconds(60)

    func run() async throws {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        await cancelWhenGracefulShutdown {
            await listeners.whenOpen()
            guard let port = listeners.address(of: .main)?.port,
                let announcement = Announcement(settings, served: port)
            else { return }
            await keepUp(announcement, pool)
        }
        try? await gracefulShutdown()  // cancelled instead: the same ending
        try? await pool.shutdownGracefully()  // nothing runs on it any more
    }

    private func keepUp(_ announcement: Announcement, _ pool: NIOThreadPool) async {
        let journal = AvahiJournal(logger: logger)
        while !Task.isCancelled {
            let session = AvahiSession(announcement, journal)
            let ending = await withTaskCancellationHandler {
                try? await pool.runIfActive { session.run() }
            } onCancel: {
                session.stop()
            }
            guard let ending, ending != .stopped else { return }
            try? await Task.sleep(for: ending == .lost ? Self.pause : Self.longPause)  // cancelled: the loop ends
        }
    }
}
