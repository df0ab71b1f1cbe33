import Foundation

/// What this machine is called on the home network, now. Public addresses are not among them; an operator can name
/// those.
public enum MachineNames {
    /// Of addresses; a machine with many container networks has more.
    static let limit = 30

    /// The host's name, bare and with `.local`, and the private addresses of its interfaces, in a steady order.
    public static func current() -> [String] {
        hostNames(ProcessInfo.processInfo.hostName) + addresses()
    }

    static func hostNames(_ name: String) -> [String] {
        let full = name.lowercased()
        guard let bare = full.split(separator: ".").first.map(String.init), bare != "localhost" else { return [] }
        let names = [bare, bare + ".local"] + (full.contains(".") ? [full] : [])
        return Set(names.filter { (try? DNSName($0)) != nil }).sorted()
    }

    private static func addresses() -> [String] {
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return [] }
        defer { freeifaddrs(first) }
        var found: Set<String> = []
        var next = first
        while let interface = next?.pointee {
            next = interface.ifa_next
            if let address = interface.ifa_addr.flatMap(address), isUseful(address) { found.insert("\(address)") }
        }
        return Array(found.sorted().prefix(limit))
    }

    /// Link-local IPv6 needs a zone, which no browser's address bar takes.
    private static func isUseful(_ address: IPAddress) -> Bool {
        let isLinkLocal = address.bytes.count == 16 && address.bytes[0] == 0xFE
        return HouseholdNames.isPrivate(address) && !isLinkLocal
    }

    private static func address(_ socket: UnsafeMutablePointer<sockaddr>) -> IPAddress? {
        switch Int32(socket.pointee.sa_family) {
        case AF_INET:
            socket.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                withUnsafeBytes(of: $0.pointee.sin_addr) { IPAddress(bytes: Array($0)) }
            }
        case AF_INET6:
            socket.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                withUnsafeBytes(of: $0.pointee.sin6_addr) { IPAddress(bytes: Array($0)) }
            }
        default: nil
        }
    }
}
