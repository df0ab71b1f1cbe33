import NIOCore

/// Some addresses in a row: `192.168.0.0/16`, `fd00::/8`, or one alone.
struct Network: Sendable, Hashable {
    /// Those of the first address: bits behind the prefix are nought.
    private let bytes: [UInt8]
    private let prefixLength: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let bytes = Self.bytes(of: String(first)) else { return nil }
        guard parts.count == 2 else {
            self.init(bytes, prefixLength: bytes.count * 8)
            return
        }
        guard let length = Int(parts[1]), (0...bytes.count * 8).contains(length) else { return nil }
        self.init(bytes, prefixLength: length)
    }

    private init(_ bytes: [UInt8], prefixLength: Int) {
        self.prefixLength = prefixLength
        self.bytes = bytes.enumerated().map { index, byte in
            byte & UInt8(truncatingIfNeeded: 0xFF00 >> min(8, max(0, prefixLength - index * 8)))
        }
    }

    /// - Parameter mask: an address with the bits of the network set, as the system writes it.
    init?(_ ip: String, mask: String) {
        guard let bytes = Self.bytes(of: ip), let mask = Self.bytes(of: mask), mask.count == bytes.count else {
            return nil
        }
        self.init(bytes, prefixLength: mask.reduce(0) { $0 + $1.nonzeroBitCount })
    }

    /// The /24 or /64 around an address, as text; nil for what is no address.
    static func around(_ ip: String) -> String? {
        guard let bytes = bytes(of: ip) else { return nil }
        if bytes.count == 4 { return bytes.prefix(3).map { "\($0)" }.joined(separator: ".") + ".0/24" }
        let groups = stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
        return groups.joined(separator: ":") + "::/64"
    }

    func contains(_ ip: String) -> Bool {
        guard let other = Self.bytes(of: ip), other.count == bytes.count else { return false }
        return Network(other, prefixLength: prefixLength).bytes == bytes
    }

    /// As people write it: without a prefix where it is one address.
    var text: String {
        let address = (try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 0))?.ipAddress ?? ""
        return prefixLength == bytes.count * 8 ? address : "\(address)/\(prefixLength)"
    }

    /// 4 or 16 bytes; an IPv4 address dressed as IPv6 counts as what it is.
    private static func bytes(of ip: String) -> [UInt8]? {
        let bare = ip.split(separator: "%", maxSplits: 1).first.map(String.init) ?? ""
        switch try? SocketAddress(ipAddress: bare, port: 0) {
        case .v4(let address):
            return withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
        case .v6(let address):
            let bytes = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
            let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
            return Array(bytes[..<12]) == mapped ? Array(bytes[12...]) : bytes
        default:
            return nil
        }
    }
}

extension Network {
    /// Which of many a single address may be in: one for each of the lengths that are in use.
    static func candidates(for ip: String, lengths: some Sequence<Int>) -> [Network] {
        guard let bytes = bytes(of: ip) else { return [] }
        return lengths.filter { $0 <= bytes.count * 8 }.map { Network(bytes, prefixLength: $0) }
    }

    var length: Int { prefixLength }

    /// What one customer of a provider has: an IPv4 address, or a /64 of IPv6, as bytes.
    static func household(of ip: String) -> [UInt8]? {
        bytes(of: ip).map { Array($0.prefix($0.count == 16 ? 8 : 4)) }
    }

    /// Networks that no stranger on the internet can have: RFC 1918, RFC 6598, RFC 4193, link-local and loopback.
    static let privateNetworks = [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10",
        "127.0.0.0/8", "::1",
    ].compactMap(Network.init)

    static let loopback = ["127.0.0.0/8", "::1"].compactMap(Network.init)

    /// - Parameter host: an address, or the one name that needs no look-up.
    static func isThisMachine(_ host: String) -> Bool {
        host == "localhost" || loopback.contains { $0.contains(host) }
    }

    static func isPrivate(_ host: String) -> Bool {
        host == "localhost" || privateNetworks.contains { $0.contains(host) }
    }

    /// Whether the two have an address in common.
    func overlaps(_ other: Network) -> Bool {
        guard bytes.count == other.bytes.count else { return false }
        let length = min(prefixLength, other.prefixLength)
        return Network(bytes, prefixLength: length) == Network(other.bytes, prefixLength: length)
    }
}
