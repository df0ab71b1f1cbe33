/// A host name as it may stand in a certificate: lower case letters, digits and hyphens, labels of 1 to 63 (RFC 1123
/// §2.1).
public struct DNSName: Hashable, Sendable, CustomStringConvertible {
    public let description: String

    /// - Throws: ``CertificatesError/invalid(_:)`` for an address, a wildcard, and what is not ASCII (use the `xn--`
    ///   form).
    public init(_ text: String) throws(CertificatesError) {
        let name = text.lowercased()
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard (1...253).contains(name.utf8.count), labels.allSatisfy(Self.isLabel) else {
            throw .invalid("\"\(Bounds.line(text))\" is no host name that a certificate can be for")
        }
        guard labels.last?.allSatisfy(\.isNumber) == false else {
            throw .invalid("\"\(Bounds.line(text))\" is an address; a certificate by ACME is for host names only")
        }
        description = name
    }

    private static func isLabel(_ label: Substring) -> Bool {
        let isAllowed = label.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
        }
        return isAllowed && (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
    }

    /// Whether this is `domain` or a name below it.
    func isWithin(_ domain: String) -> Bool {
        description == domain || description.hasSuffix("." + domain)
    }
}
