import Crypto
import Foundation
import Storage

/// What guards accounts where a plain hash would not do. Made once, kept sealed, so that they outlive a new master key.
struct AccountKeys: Sendable {
    /// For names that somebody failed to sign in with.
    let names: SymmetricKey
    let backupCodes: SymmetricKey

    static func load(_ sealer: Sealer, _ database: any Database) async throws -> AccountKeys {
        let root = try await database.write { tx in try SealedSecret.serverKey("accounts", sealer, tx) }
        func key(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(inputKeyMaterial: root, info: Data(purpose.utf8), outputByteCount: 32)
        }
        return AccountKeys(names: key("names"), backupCodes: key("backup codes"))
    }
}
