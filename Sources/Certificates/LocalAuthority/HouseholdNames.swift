import Foundation
import SwiftASN1
import X509

/// What the household calls its machines. Host names and addresses that a private authority may vouch for.
public struct HouseholdNames: Sendable, Hashable {
    /// Names that no public authority gives out: RFC 6762, RFC 8375, ICANN's `internal`, the routers' `lan`, RFC 6761.
    static let domains = ["home.arpa", "internal", "lan", "local", "localhost"]
    /// RFC 1918, loopback, link-local (RFC 3927, RFC 4291), unique local (RFC 4193).
    static let ranges: [IPRange] = [
        ("10.0.0.0", 8), ("172.16.0.0", 12), ("192.168.0.0", 16), ("127.0.0.0", 8), ("169.254.0.0", 16),
        ("::1", 128), ("fc00::", 7), ("fe80::", 10),
    ].compactMap { text, length in IPAddress(text).map { IPRange($0, length: length) } }

    let names: [DNSName]
    let addresses: [IPAddress]

    /// - Parameter hosts: host names and addresses; `localhost` and its addresses are always among them.
    /// - Throws: ``CertificatesError/invalid(_:)`` for what is neither, or for more than a certificate can hold.
    public init(_ hosts: [String]) throws(CertificatesError) {
        var names: [DNSName] = []
        var addresses: [IPAddress] = []
        for host in hosts + ["localhost", "127.0.0.1", "::1"] {
            if let address = IPAddress(host) {
                if !addresses.contains(address) { addresses.append(address) }
            } else {
                let name = try DNSName(host)
                if !names.contains(name) { names.append(name) }
            }
        }
        guard names.count + addresses.count <= Bounds.names else {
            throw .invalid("a certificate is for at most \(Bounds.names) names and addresses")
        }
        self.names = names
        self.addresses = addresses
    }

    /// Texts, as they were given or as they are usually written.
    public var all: [String] { names.map(\.description) + addresses.map(\.description) }

    /// Everything private, and what was given beside it; nothing else (RFC 5280 §4.2.1.10).
    var constraints: NameConstraints {
        let domains = Self.domains + names.map(\.description).filter { !Self.isPrivate($0) }
        let ranges =
            Self.ranges
            + addresses.filter { !Self.isPrivate($0) }.map { IPRange($0, length: $0.bytes.count * 8) }
        return NameConstraints(
            permittedDNSDomains: domains,
            permittedIPRanges: ranges.map { ASN1OctetString(contentBytes: ($0.base.bytes + $0.mask)[...]) })
    }

    private static func isPrivate(_ name: String) -> Bool {
        (try? DNSName(name))?.isWithin(any: domains) == true
    }

    static func isPrivate(_ address: IPAddress) -> Bool {
        ranges.contains { $0.contains(address) }
    }

    /// The names and addresses that these constraints leave room for.
    func permitted(by constraints: NameConstraints) -> (names: [DNSName], addresses: [IPAddress]) {
        let domains = Array(constraints.permittedDNSDomains)
        let ranges = constraints.permittedIPRanges.compactMap { IPRange(octets: Array($0.bytes)) }
        return (
            names.filter { $0.isWithin(any: domains) },
            addresses.filter { address in ranges.contains { $0.contains(address) } }
        )
    }
}

extension DNSName {
    fileprivate func isWithin(any domains: [String]) -> Bool { domains.contains(where: isWithin) }
}

extension IPRange {
    /// From an address followed by its mask.
    fileprivate init?(octets: [UInt8]) {
        let half = octets.count / 2
        guard octets.count.isMultiple(of: 2), let base = IPAddress(bytes: octets.prefix(half)) else { return nil }
        let range = IPRange(base, length: octets.suffix(half).reduce(0) { $0 + $1.nonzeroBitCount })
        guard range.mask == Array(octets.suffix(half)) else { return nil }
        self = range
    }
}
