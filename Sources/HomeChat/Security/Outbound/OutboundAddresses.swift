import Foundation
import NIOPosix

/// Which addresses the server may connect to on an admin's word. Private ones may be; where clouds hand out credentials and
/// what is no single machine never is.
enum OutboundAddresses {
    private static let forbidden = [
        "0.0.0.0/8", "169.254.0.0/16", "100.100.100.200", "224.0.0.0/4", "240.0.0.0/4",
        "::", "fe80::/10", "fd00:ec2::254", "ff00::/8",
        // The same link-local addresses behind NAT64 (RFC 6052), 6to4 (RFC 3056), SIIT (RFC 2765) and as
        // "compatible" ones (RFC 4291).
        "64:ff9b::a9fe:0/112", "2002:a9fe::/32", "::a9fe:0/112", "::ffff:0:a9fe:0/112",
    ].compactMap(Network.init)

    /// An IPv4 address dressed as IPv6 counts as what it is.
    static func mayConnect(to ip: String) -> Bool {
        !forbidden.contains { $0.contains(ip) }
    }

    /// What is no place on the internet (IANA's special-purpose registries, and where addresses of one kind carry another).
    private static let inside = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
        "2002::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    ].compactMap(Network.init)

    static func isPublic(_ ip: String) -> Bool { !inside.contains { $0.contains(ip) } }

    /// Every address of a name, in the order in which the system would try them.
    static func lookUp(_ host: String) async throws -> [String] {
        try await NIOThreadPool.singleton.runIfActive {
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            hints.ai_flags = AI_ADDRCONFIG
            var first: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(host, nil, &hints, &first) == 0 else { throw OutboundProblem.unknownName }
            defer { freeaddrinfo(first) }
            return sequence(first: first, next: { $0?.pointee.ai_next }).prefix { $0 != nil }.compactMap { entry in
                entry.flatMap { text($0.pointee) }
            }
        }
    }

    private static func text(_ entry: addrinfo) -> String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let length = socklen_t(text.count)
        guard getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST) == 0 else {
            return nil
        }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
