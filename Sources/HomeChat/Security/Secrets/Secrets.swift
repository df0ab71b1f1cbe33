import Crypto
import Foundation
import Storage

/// The keys of a running installation.
struct Secrets: Sendable {
    let sealer: Sealer
    let auditKey: SymmetricKey
    /// Addresses are hashed with it where nodes tell each other what they count.
    let limitsKey: SymmetricKey

    /// Finds the master key, makes one for a new installation, and refuses one that does not belong to the database.
    static func open(_ file: MasterKeyFile, _ database: any Database) async throws -> Secrets {
        let found = try file.read()
        let expected = try await database.read { tx in try SealedSecret.keyID(tx) }
        if let expected {
            guard let found else {
                throw ChatError.conflict(
                    "the database belongs to the master key \(expected), and \(file.path) is missing; put it back")
            }
            guard found.id == expected else {
                throw ChatError.conflict(
                    "the database belongs to the master key \(expected), not to \(found.id); nothing was changed")
            }
        }
        let key = found ?? .random()
        if found == nil { try file.write(key) }
        let sealer = Sealer(key)
        let (auditKey, limitsKey) = try await database.write { tx in
            if expected == nil { try SealedSecret.claim(for: key.id, tx) }
            return (
                try SealedSecret.serverKey("audit", sealer, tx), try SealedSecret.serverKey("limits", sealer, tx)
            )
        }
        return Secrets(
            sealer: sealer, auditKey: SymmetricKey(data: auditKey), limitsKey: SymmetricKey(data: limitsKey))
    }
}

/// Keys that the server made for itself, sealed with the master key, so that they outlive its rotation.
enum SealedSecret {
    private static let keyIDName = "master_key_id"

    /// The id of the master key that this database is sealed with.
    static func keyID(_ tx: borrowing Transaction) throws -> String? {
        try tx.fetchOne("SELECT value FROM settings WHERE key = \(keyIDName)")
    }

    /// - Throws: `conflict` when another node was faster, with another key.
    static func claim(for id: String, _ tx: borrowing Transaction) throws {
        try tx.execute(
            "INSERT INTO settings (key, value) VALUES (\(keyIDName), \(id)) ON CONFLICT (key) DO NOTHING")
        guard try keyID(tx) == id else {
            throw ChatError.conflict("another node set this database up with its own master key; give it to this one")
        }
    }

    static func setKeyID(_ id: String, _ tx: borrowing Transaction) throws {
        try tx.execute("UPDATE settings SET value = \(id) WHERE key = \(keyIDName)")
    }

    /// 32 random bytes under a name, made when first asked for.
    static func serverKey(_ name: String, _ sealer: Sealer, _ tx: borrowing Transaction) throws -> [UInt8] {
        if let sealed: [UInt8] = try tx.fetchOne("SELECT value FROM sealed_secrets WHERE name = \(name)") {
            return try sealer.open(sealed, for: .server)
        }
        let made = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        let sealed = try sealer.seal(made, for: .server)
        try tx.execute("INSERT INTO sealed_secrets (name, value) VALUES (\(name), \(sealed))")
        return made
    }
}
