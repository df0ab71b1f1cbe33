import Foundation

/// Where the server itself may connect to because an admin said so: https, or this very machine.
struct OutboundURL: Sendable, Equatable {
    static let maximumBytes = 2000

    let text: String
    /// A name or an address, without brackets.
    let host: String

    /// nil for other schemes, for a user name, a fragment, and all that two parsers might read differently.
    /// - Parameter allowsPlain: also `http` to other machines, for what is signed and stays in the house.
    init?(_ text: String, allowsPlain: Bool = false) {
        guard text.utf8.count <= Self.maximumBytes, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !text.contains("\\"), !text.contains("#"), !Self.beforePath(text).contains("@"),
            let url = URL(string: text), let found = url.host, url.port.map({ (1...65_535).contains($0) }) ?? true
        else { return nil }
        let host = found.trimmingCharacters(in: ["[", "]"])
        guard !host.isEmpty, host.utf8.allSatisfy(Self.isHostByte) else { return nil }
        let mayBePlain = allowsPlain || Network.isThisMachine(host)
        guard url.scheme == "https" || url.scheme == "http" && mayBePlain else { return nil }
        self.text = text
        self.host = host
    }

    /// With a query that follows the machine at once: some take what is in that for a user name, too.
    private static func beforePath(_ text: String) -> Substring {
        let start = text.range(of: "://")?.upperBound ?? text.startIndex
        return text[..<(text[start...].firstIndex(of: "/") ?? text.endIndex)]
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}
