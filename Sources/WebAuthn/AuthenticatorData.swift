/// What an authenticator says and signs (WebAuthn Level 2 §6.1).
struct AuthenticatorData: Sendable {
    let relyingPartyHash: [UInt8]
    let flags: Flags
    let signatureCount: UInt32
    let credential: AttestedCredential?

    struct Flags: OptionSet, Sendable {
        let rawValue: UInt8

        static let userPresent = Flags(rawValue: 0x01)
        static let userVerified = Flags(rawValue: 0x04)
        static let backupEligible = Flags(rawValue: 0x08)
        static let backedUp = Flags(rawValue: 0x10)
        static let attestedCredential = Flags(rawValue: 0x40)
        static let extensions = Flags(rawValue: 0x80)
    }

    /// A passkey that was just made.
    struct AttestedCredential: Sendable {
        static let maximumID = 1023

        let id: [UInt8]
        let publicKey: PublicKey
    }

    /// Takes all of `bytes`; whatever the flags do not announce may not be there.
    init(_ bytes: [UInt8]) throws(WebAuthnError) {
        guard bytes.count >= 37 else { throw .malformed }
        relyingPartyHash = Array(bytes[..<32])
        flags = Flags(rawValue: bytes[32])
        signatureCount = bytes[33..<37].reduce(0) { $0 << 8 | UInt32($1) }
        var rest = bytes[37...]
        credential = flags.contains(.attestedCredential) ? try Self.takeCredential(&rest) : nil
        if flags.contains(.extensions) {
            guard case .map = try Self.takeItem(&rest).item else { throw .malformed }
        }
        guard rest.isEmpty else { throw .malformed }
    }

    /// AAGUID (16 bytes), length of the id (2), the id, the COSE key.
    private static func takeCredential(_ rest: inout ArraySlice<UInt8>) throws(WebAuthnError) -> AttestedCredential {
        guard rest.count >= 18 else { throw .malformed }
        rest = rest.dropFirst(16)
        let count = rest.prefix(2).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(2)
        guard (1...AttestedCredential.maximumID).contains(count), count <= rest.count else { throw .malformed }
        let id = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
        let key = try takeItem(&rest)
        return AttestedCredential(id: id, publicKey: try PublicKey(key.item, bytes: key.bytes))
    }

    private static func takeItem(
        _ rest: inout ArraySlice<UInt8>
    ) throws(WebAuthnError) -> (item: CBOR, bytes: [UInt8]) {
        var reader = CBORReader(rest)
        do {
            let item = try reader.item()
            defer { rest = rest.dropFirst(reader.position) }
            return (item, Array(rest.prefix(reader.position)))
        } catch { throw .malformed }
    }
}
