import Synchronization

/// What happened since this process started, by kind and label, for the metrics. Labels come from us, never from a request.
package final class Counters: Sendable {
    enum Name: String, CaseIterable {
        case rateLimited = "homechat_rate_limited_total"
        case forwardingDropped = "homechat_forwarded_headers_dropped_total"
        case refused = "homechat_refused_total"
        case deliveries = "homechat_webhook_tries_total"

        var help: String {
            switch self {
            case .rateLimited: "Tries above a rate limit."
            case .forwardingDropped: "Requests whose forwarding headers came from no trusted proxy."
            case .refused: "Requests and sockets that were refused before anything was looked at."
            case .deliveries: "Tries to tell a webhook something, by what came of them."
            }
        }

        var label: String? {
            switch self {
            case .rateLimited: "scope"
            case .forwardingDropped: nil
            case .refused: "reason"
            case .deliveries: "outcome"
            }
        }
    }

    private struct Key: Hashable {
        let name: Name
        let label: String
    }

    private let counts = Mutex<[Key: Int64]>([:])

    package init() {}

    func count(_ name: Name, _ label: String = "") {
        counts.withLock { $0[Key(name: name, label: label), default: 0] += 1 }
    }

    func value(_ name: Name, _ label: String = "") -> Int64 {
        counts.withLock { $0[Key(name: name, label: label)] ?? 0 }
    }

    /// Prometheus' text format. What has not happened yet is not listed, save where there is no label.
    var text: String {
        let counts = counts.withLock(\.self)
        return Name.allCases.map { name in
            let lines = counts.filter { $0.key.name == name }.sorted { $0.key.label < $1.key.label }.map { key, value in
                name.label.map { "\(name.rawValue){\($0)=\"\(key.label)\"} \(value)\n" }
                    ?? "\(name.rawValue) \(value)\n"
            }
            return "# HELP \(name.rawValue) \(name.help)\n# TYPE \(name.rawValue) counter\n" + lines.joined()
        }.joined()
    }
}
