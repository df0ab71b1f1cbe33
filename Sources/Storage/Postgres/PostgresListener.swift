import Foundation
import Logging
import Synchronization

/// Hears what every node says, on a connection and a thread of its own.
final class PostgresListener: Sendable {
    private static let backoff = [0.1, 0.5, 1, 2, 5]

    private let url: String
    private let inbox: NoticeInbox
    private let logger: Logger
    /// Closing its writing end wakes the thread up and ends it.
    private let wake: Mutex<FileHandle?>
    private let sleeper: FileHandle
    private let isStarted = Mutex(false)

    init(url: String, inbox: NoticeInbox, logger: Logger) {
        let pipe = Pipe()
        self.url = url
        self.inbox = inbox
        self.logger = logger
        wake = Mutex(pipe.fileHandleForWriting)
        sleeper = pipe.fileHandleForReading
    }

    /// Returns when nothing that is said from now on is missed.
    func start() async throws {
        let isFirst = isStarted.withLock { isStarted in
            defer { isStarted = true }
            return !isStarted
        }
        guard isFirst else { return }
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let thread = Thread { [self] in
                do {
                    let connection = try listen()
                    continuation.resume()
                    follow(connection)
                } catch {
                    isStarted.withLock { $0 = false }
                    continuation.resume(throwing: error)
                }
            }
            thread.name = "homechat.storage.listener"
            thread.start()
        }
    }

    func close() {
        wake.withLock { $0 = nil }
    }

    private func listen() throws -> PostgresConnection {
        let connection = try PostgresConnection(url: url)
        try connection.control("LISTEN homechat")
        return connection
    }

    private func follow(_ first: PostgresConnection) {
        var connection = first
        while true {
            do {
                while try waitForInput(connection.socket) {
                    inbox.said(try connection.takeNotifications().flatMap(Notice.unpacked))
                }
                return
            } catch {
                logger.warning("The database's notices are cut off", metadata: ["error": "\(error)"])
            }
            guard let next = reconnect() else { return }
            connection = next
            logger.notice("The database's notices arrive again")
            // Only now: whoever catches up by reading and then listens on would miss what was said in between.
            inbox.gap()
        }
    }

    /// Returns nil when the listener is closed.
    private func reconnect() -> PostgresConnection? {
        for attempt in 0... {
            if isClosed(after: Self.backoff[min(attempt, Self.backoff.count - 1)]) { return nil }
            do {
                return try listen()
            } catch {
                logger.debug("Listening failed", metadata: ["error": "\(error)"])
            }
        }
        return nil
    }

    /// Returns false when the listener is closed.
    private func waitForInput(_ socket: Int32) throws -> Bool {
        var descriptors = [
            pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
            pollfd(fd: sleeper.fileDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&descriptors, nfds_t(descriptors.count), -1) < 0 {
            guard errno == EINTR else { throw StorageError.unavailable("poll: \(String(cString: strerror(errno)))") }
        }
        return descriptors[1].revents == 0
    }

    private func isClosed(after seconds: Double) -> Bool {
        var descriptor = pollfd(fd: sleeper.fileDescriptor, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, Int32(seconds * 1_000)) > 0
    }
}
