import Foundation

/// What devices in the house are told of this server, by DNS-SD (RFC 6763).
struct Announcement: Sendable, Equatable {
    static let type = "_homechat._tcp"
    static let longestName = 63

    enum Family: Sendable { case ipv4, ipv6, both }

    let name: String
    let port: UInt16
    let isSecure: Bool
    /// Over which of the two our addresses are told: no device should be led to one that nobody listens on.
    let family: Family

    /// In the order in which they are shown; no key is without a value.
    var texts: [String] {
        ["version=1.0", "platform=swift", "features=chat,api,webhooks", "secure=\(isSecure)"]
    }

    /// - Parameter served: the port that this process listens on.
    init?(_ settings: Settings, served: Int, host: String = ProcessInfo.processInfo.hostName) {
        guard settings.isDiscoverable, let port = UInt16(exactly: settings.discovery.port ?? served) else { return nil }
        name = settings.discovery.serverName ?? Self.defaultName(host)
        self.port = port
        isSecure = Int(port) == served ? settings.speaksTLS : Self.isSecure(port, settings.publicURLs)
        family = Int(port) == served ? Self.family(of: settings.host) : .both
    }

    private static func defaultName(_ host: String) -> String {
        var name = "HomeChat on \(host.prefix { $0 != "." })"
        while name.utf8.count > longestName { name.removeLast() }
        return name
    }

    /// Of a proxy's port, as the public addresses say.
    private static func isSecure(_ port: UInt16, _ publicURLs: [String]) -> Bool {
        publicURLs.contains { url in
            guard let url = URLComponents(string: url), url.scheme == "https" else { return false }
            return (url.port ?? 443) == Int(port)
        }
    }

    private static func family(of host: String) -> Family {
        guard Network(host) != nil, host != "::" else { return .both }
        return host.contains(":") ? .ipv6 : .ipv4
    }
}
