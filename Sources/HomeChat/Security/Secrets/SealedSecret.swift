import Crypto
import Foundation
import Storage

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

    /// 32 bytes under a name, made when first asked for.
    static func serverKey(
        _ name: String, _ sealer: Sealer, made: SymmetricKey = SymmetricKey(size: .bits256),
        _ tx: borrowing Transaction
    ) throws -> SymmetricKey {
        if let sealed: [UInt8] = try tx.fetchOne("SELECT value FROM sealed_secrets WHERE name = \(name)") {
            return SymmetricKey(data: try sealer.open(sealed, for: .server))
        }
        let sealed = try sealer.seal(made.withUnsafeBytes { Array($0) }, for: .server, tx)
        try tx.execute("INSERT INTO sealed_secrets (name, value) VALUES (\(name), \(sealed))")
        return made
    }

    static let place = SealedPlace("sealed_secrets", .server) { anew, tx in
        let secrets: [Stored] = try tx.fetchAll("SELECT name, value FROM sealed_secrets ORDER BY name")
        for secret in secrets {
            let value = try anew(secret.value)
            try tx.execute("UPDATE sealed_secrets SET value = \(value) WHERE name = \(secret.name)")
        }
        return secrets.count
    }

    private struct Stored: RowDecodable {
        let name: String
        let value: [UInt8]

        init(row: Row) throws {
            name = try row["name"]
            value = try row["value"]
        }
    }
}

/// A table with sealed values. Rotation seals each of them anew, so every such table has to be in `all`.
struct SealedPlace: Sendable {
    static let all = [SealedSecret.place, SecondFactor.sealedPlace, Bot.sealedPlace, AIConfiguration.sealedPlace]

    /// Opens a value with the old key and seals it with the new one.
    typealias Anew = ([UInt8]) throws -> [UInt8]

    let table: String
    let purpose: MasterKey.Purpose
    private let reseal: @Sendable (Anew, borrowing Transaction) throws -> Int

    /// - Parameter reseal: replaces each value, and returns how many there are.
    init(
        _ table: String, _ purpose: MasterKey.Purpose,
        reseal: @escaping @Sendable (Anew, borrowing Transaction) throws -> Int
    ) {
        self.table = table
        self.purpose = purpose
        self.reseal = reseal
    }

    /// - Throws: `conflict` when a value cannot be opened.
    func reseal(from old: MasterKey, to new: MasterKey, _ tx: borrowing Transaction) throws -> Int {
        do {
            return try reseal({ try new.seal(try old.open($0, for: purpose), for: purpose) }, tx)
        } catch let error as SealError {
            throw ChatError.conflict("\(error), in the table \(table); nothing was changed")
        }
    }
}
