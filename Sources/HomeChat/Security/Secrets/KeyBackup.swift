import Foundation
import Storage

/// Showing the master key, so that somebody can keep a copy elsewhere, and noting that they have.
package struct KeyBackup: Sendable {
    private static let name = "master_key_backup"
    /// How many digits of the copy are asked for.
    package static let askedDigits = 8

    let sealer: Sealer
    let database: any Database
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    package struct Copy: Sendable {
        package let id: String
        /// 64 hexadecimal digits.
        package let text: String
        /// Squares for a camera, that a terminal can show.
        package let picture: String
    }

    package func show(as principal: Principal) throws -> Copy {
        try SealedCredentials.requireConsole(principal)
        let key = sealer.key
        return Copy(id: key.id, text: key.text, picture: try QRCode(key.text).text)
    }

    /// Somebody says that a copy of this key is kept.
    package func acknowledge(_ copy: Copy, as principal: Principal) async throws -> Timestamp {
        try SealedCredentials.requireConsole(principal)
        return try await database.write { [now] tx in
            let moment = now()
            guard try SealedSecret.keyID(tx) == copy.id else {
                throw ChatError.conflict("the master key was rotated meanwhile; make a copy of the new one")
            }
            try audit.record(.keyBackedUp, by: principal, target: "key:\(copy.id)", tx)
            let value = "\(copy.id) \(moment.milliseconds)"
            try tx.execute(
                """
                INSERT INTO settings (key, value) VALUES (\(Self.name), \(value))
                ON CONFLICT (key) DO UPDATE SET value = excluded.value
                """)
            return moment
        }
    }

    /// When somebody last said so, and whether that was about the key in use. The audit log forgets after a while.
    static func last(_ tx: borrowing Transaction) throws -> (at: Timestamp, isOfPresentKey: Bool)? {
        let value: String? = try tx.fetchOne("SELECT value FROM settings WHERE key = \(name)")
        let words = value?.split(separator: " ") ?? []
        guard words.count == 2, let at = Int64(words[1]) else { return nil }
        return (Timestamp(milliseconds: at), try SealedSecret.keyID(tx) == String(words[0]))
    }
}
