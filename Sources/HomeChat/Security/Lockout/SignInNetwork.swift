import NIOCore

/// The neighbourhood that guesses are counted for: an IPv4 /24 or an IPv6 /64, since one person can have all of its addresses.
struct SignInNetwork: Sendable, Equatable {
    let text: String
    let isLoopback: Bool

    /// The name of its own counter.
    var subject: String { "network \(text)" }

    init(_ ipAddress: String) {
        let bare = ipAddress.split(separator: "%", maxSplits: 1).first.map(String.init) ?? ""
        (text, isLoopback) =
            switch try? SocketAddress(ipAddress: bare, port: 0) {
            case .v4(let address): Self.four(withUnsafeBytes(of: address.address.sin_addr) { Array($0) })
            case .v6(let address): Self.six(withUnsafeBytes(of: address.address.sin6_addr) { Array($0) })
            default: ("unknown", false)
            }
    }

    private static func four(_ bytes: [UInt8]) -> (String, Bool) {
        ("\(bytes[0]).\(bytes[1]).\(bytes[2]).0/24", bytes[0] == 127)
    }

    private static func six(_ bytes: [UInt8]) -> (String, Bool) {
        // An IPv4 address dressed as IPv6 counts as what it is.
        if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
            return four(Array(bytes[12...]))
        }
        let groups = stride(from: 0, to: 8, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
        return (groups.joined(separator: ":") + "::/64", bytes[..<15].allSatisfy { $0 == 0 } && bytes[15] == 1)
    }
}
