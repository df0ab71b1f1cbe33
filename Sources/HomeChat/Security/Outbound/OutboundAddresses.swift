import NIOCore

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

    /// The networks that this machine is part of. With IPv6 each printer of a house has an address that is as public as any.
    static func ownNetworks() -> [Network] {
        let devices = (try? System.enumerateDevices()) ?? []
        return devices.compactMap { device in
            guard let ip = device.address?.ipAddress, let mask = device.netmask?.ipAddress,
                let network = Network(ip, mask: mask), network.length > 0  // some tunnels say that all is theirs
            else { return nil }
            return network
        }
    }
}
