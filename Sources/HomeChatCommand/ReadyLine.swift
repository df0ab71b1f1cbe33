import Foundation
import HomeChat

/// The one line that says where the server is to be found, and how to open one that listens to this machine only.
struct ReadyLine: Encodable {
    let url: String
    let host: String
    let port: Int
    /// Whether it speaks TLS itself.
    let secure: Bool
    /// Where plain HTTP is led to https, or where devices learn to trust this server.
    let httpPort: Int?
    /// Where that is; with `tls: local`.
    let trustURL: String?
    /// Where the administration is served, if it has an address of its own.
    let admin: Administration?
    let pid = ProcessInfo.processInfo.processIdentifier

    init(_ doors: OpenListeners, _ settings: Settings) {
        host = doors.address.ipAddress ?? settings.host
        port = doors.address.port ?? settings.port
        secure = settings.tls.mode != .off
        admin = doors.administration.flatMap { address in
            address.ipAddress.flatMap { host in address.port.map { Administration(host: host, port: $0) } }
        }
        httpPort = doors.plainPort
        let reachable = Self.isAnywhere(host) ? Self.addressInTheHouse() ?? "localhost" : host
        let authority = reachable.contains(":") ? "[\(reachable)]" : reachable
        let own = settings.tls.mode == .off ? "http://\(authority):\(port)" : "https://\(authority):\(port)"
        url = (settings.publicURLs.first ?? own) + settings.basePath
        trustURL = doors.plainPort.flatMap { plain in
            settings.tls.mode == .local ? "http://\(authority):\(plain)\(settings.basePath)/trust" : nil
        }
    }

    struct Administration: Encodable {
        let host: String
        let port: Int
    }

    private enum CodingKeys: String, CodingKey {
        case url, host, port, secure, admin, pid
        case httpPort = "http_port"
        case trustURL = "trust_url"
    }

    var text: String {
        place + (trustURL.map { "; devices learn to trust it on \($0)" } ?? "")
            + (admin.map { "; administration on \($0.host), port \($0.port)" } ?? "")
    }

    private var place: String {
        switch host {
        case _ where Self.isAnywhere(host): "HomeChat is ready on \(url) (listening on \(host), port \(port))"
        case _ where host == "::1" || host.hasPrefix("127."):
            "HomeChat is ready on \(url) (this machine only; --host 0.0.0.0 opens it to the household)"
        default: "HomeChat is ready on \(url)"
        }
    }

    private static func isAnywhere(_ host: String) -> Bool { host == "0.0.0.0" || host == "::" }

    /// The first address of this machine that others at home can reach.
    private static func addressInTheHouse() -> String? {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return nil }
        defer { freeifaddrs(first) }
        for interface in sequence(first: first, next: { $0?.pointee.ifa_next }) {
            guard let entry = interface?.pointee, let address = entry.ifa_addr, address.pointee.sa_family == AF_INET,
                entry.ifa_flags & UInt32(IFF_LOOPBACK) == 0
            else { continue }
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let length = socklen_t(MemoryLayout<sockaddr_in>.size)
            guard getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else {
                continue
            }
            return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        return nil
    }
}
