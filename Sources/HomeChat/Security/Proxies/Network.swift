import NIOCore

/// Some addresses in a row: `192.168.0.0/16`, `fd00::/8`, or one alone.
struct Network: Sendable, Equatable {
    private let bytes: [UInt8]
    private let prefixLength: Int

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let bytes = Self.bytes(of: String(first)) else { return nil }
        self.bytes = bytes
        if parts.count == 2 {
            guard let length = Int(parts[1]), (0...bytes.count * 8).contains(length) else { return nil }
            prefixLength = length
        } else {
            prefixLength = bytes.count * 8
        }
    }

    /// The /24 or /64 around an address, as text; the text itself for what is no address.
    static func around(_ ip: String) -> String {
        guard let bytes = bytes(of: ip) else { return ip }
        if bytes.count == 4 { return bytes.prefix(3).map { "\($0)" }.joined(separator: ".") + ".0/24" }
        let groups = stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
        return groups.joined(separator: ":") + "::/64"
    }

    func contains(_ ip: String) -> Bool {
        guard let other = Self.bytes(of: ip), other.count == bytes.count else { return false }
        let whole = prefixLength / 8
        guard bytes[..<whole] == other[..<whole] else { return false }
        guard prefixLength % 8 > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (prefixLength % 8))
        return bytes[whole] & mask == other[whole] & mask
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
