import Logging
import Synchronization

/// Notices when nearly all requests seem to come from one private address, which is a proxy that nobody told us about: then
/// limits, bans and the log know no clients.
final class ProxyWatch: Sendable {
    /// Before so many requests nothing is said.
    static let fewest = 100
    static let share = 0.9
    private static let maximumPeers = 100

    struct Finding: Equatable, Sendable {
        let peer: String
        let isTrusted: Bool
        /// Of the requests, in percent.
        let percent: Int

        var advice: String {
            isTrusted
                ? "\(percent) % of the requests come from the proxy \(peer), which does not say for whom; "
                    + "let it send X-Forwarded-For"
                : "\(percent) % of the requests come from \(peer), which seems to be a proxy that is not trusted; "
                    + "if it is yours, add it: trusted_proxies: [127.0.0.1, ::1, \(peer)]"
        }
    }

    fileprivate struct State {
        var all = 0
        var hidden: [String: Int] = [:]
        var trusted: Set<String> = []
        var hasSpoken = false
    }

    private let state = Mutex(State())
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// The first warning comes as soon as there is enough to tell by; the others hourly.
    func note(_ forwarding: Forwarding) {
        let first = state.withLock { state -> Finding? in
            state.all += 1
            if forwarding.hidesClients, state.hidden[forwarding.peer] != nil || state.hidden.count < Self.maximumPeers {
                state.hidden[forwarding.peer, default: 0] += 1
                if forwarding.isTrusted { state.trusted.insert(forwarding.peer) }
            }
            guard state.all == Self.fewest, !state.hasSpoken else { return nil }
            state.hasSpoken = true
            return state.finding
        }
        warn(first)
    }

    var finding: Finding? { state.withLock(\.finding) }

    /// Once an hour: says what the last hour was like, and begins anew.
    func review() {
        warn(
            state.withLock { state in
                defer { state = State(hasSpoken: true) }
                return state.finding
            })
    }

    private func warn(_ finding: Finding?) {
        guard let finding else { return }
        logger.warning("\(finding.advice)", metadata: ["peer": "\(finding.peer)"])
    }
}

extension ProxyWatch.State {
    fileprivate var finding: ProxyWatch.Finding? {
        guard all >= ProxyWatch.fewest, let (peer, count) = hidden.max(by: { $0.value < $1.value }),
            Double(count) > ProxyWatch.share * Double(all)
        else { return nil }
        return ProxyWatch.Finding(peer: peer, isTrusted: trusted.contains(peer), percent: count * 100 / all)
    }
}
