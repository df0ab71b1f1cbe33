import Crypto
import Foundation

extension LocalAuthority {
    /// An Apple configuration profile (`.mobileconfig`) that installs the authority: property list XML, not signed.
    ///
    /// The same authority always gives the same identifiers, so that installing it twice replaces it.
    ///
    /// - Parameter organization: who is shown as its source.
    public func appleProfile(organization: String) throws -> [UInt8] {
        let payload: [String: Any] = [
            "PayloadType": "com.apple.security.root",
            "PayloadVersion": 1,
            "PayloadIdentifier": "com.apple.security.root.\(uuid("root"))",
            "PayloadUUID": uuid("root"),
            "PayloadDisplayName": title,
            "PayloadDescription": "Lets this device recognise \(organization) at home. SHA-256: \(fingerprint)",
            "PayloadCertificateFileName": "authority.cer",
            "PayloadContent": Data(der),
        ]
        let profile: [String: Any] = [
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": "internal.authority.\(uuid("profile"))",
            "PayloadUUID": uuid("profile"),
            "PayloadDisplayName": title,
            "PayloadDescription": "Lets this device recognise \(organization) at home.",
            "PayloadOrganization": organization,
            "PayloadRemovalDisallowed": false,
            "PayloadContent": [payload],
        ]
        return Array(try PropertyListSerialization.data(fromPropertyList: profile, format: .xml, options: 0))
    }

    /// Made from the authority's fingerprint (RFC 9562 §5.8).
    private func uuid(_ use: String) -> String {
        var bytes = Array(SHA256.hash(data: Array("\(use) \(fingerprint)".utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        let text = bytes.map {
            String($0 >> 4, radix: 16, uppercase: true) + String($0 & 15, radix: 16, uppercase: true)
        }
        return [text[0..<4], text[4..<6], text[6..<8], text[8..<10], text[10..<16]]
            .map { $0.joined() }.joined(separator: "-")
    }
}
