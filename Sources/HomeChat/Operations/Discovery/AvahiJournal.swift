import Logging
import Synchronization

/// Says each state once: the same one is met again at each try.
final class AvahiJournal: Sendable {
    enum State: Equatable, Sendable {
        case absent(String)
        case announced(String, UInt16)
        case refused(String)
        case lost
    }

    private let logger: Logger
    private let last = Mutex<State?>(nil)

    init(logger: Logger) {
        self.logger = logger
    }

    func note(_ state: State) {
        let isNew = last.withLock { last in
            defer { last = state }
            return last != state
        }
        guard isNew else { return }
        switch state {
        case .absent(let reason):
            logger.notice("the network is not told of this server by mDNS", metadata: ["reason": "\(reason)"])
        case .announced(let name, let port):
            logger.notice("announced by mDNS", metadata: ["name": "\(name)", "port": "\(port)"])
        case .refused(let reason):
            logger.warning("avahi-daemon does not announce this server", metadata: ["reason": "\(reason)"])
        case .lost:
            logger.debug("avahi-daemon went away")
        }
    }
}
