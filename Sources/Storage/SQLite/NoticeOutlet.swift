import Logging
import Synchronization

/// Where this process's notices go: to its own inbox, or to the process that serves this database.
final class NoticeOutlet: Sendable {
    private enum Role {
        /// Nobody else is told: no socket was named.
        case alone
        case command(UnixSocket)
        case server(ControlSocket)
    }

    private let role: Mutex<Role>
    private let inbox: NoticeInbox
    private let logger: Logger

    init(socketPath: String?, inbox: NoticeInbox, logger: Logger) {
        role = Mutex(socketPath.map { .command(UnixSocket(path: $0)) } ?? .alone)
        self.inbox = inbox
        self.logger = logger
    }

    /// Whether `deliver` does not wait for anybody.
    var isInThisProcess: Bool {
        role.withLock { if case .command = $0 { false } else { true } }
    }

    func becomeServer() throws {
        try role.withLock { role in
            guard case .command(let socket) = role else { return }
            role = .server(try ControlSocket(socket) { [inbox] in inbox.said($0) })
        }
    }

    /// Called in the order of the commits.
    func deliver(_ notices: [String]) {
        guard !notices.isEmpty else { return }
        guard case .command(let socket) = role.withLock({ $0 }) else { return inbox.said(notices) }
        do {
            try ControlSocket.hand(Notice.packed(notices), to: socket)
        } catch {
            // What was announced is stored; a server that did not hear of it shows it after the next reload.
            logger.warning("The running server was not told of a change", metadata: ["error": "\(error)"])
        }
    }

    func close() {
        role.withLock { role in
            guard case .server(let server) = role else { return }
            server.close()
            role = .alone
        }
    }
}
