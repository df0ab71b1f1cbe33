import Crypto
import Foundation
import Storage

/// The keys of a running installation.
struct Secrets: Sendable {
    let sealer: Sealer
    let auditKey: SymmetricKey
    /// Addresses are hashed with it where nodes tell each other what they count.
    let limitsKey: SymmetricKey
    /// Signs the cookie of a device that somebody has signed in with.
    let deviceKey: SymmetricKey

    /// Finds the master key, makes one for a new installation, and refuses one that does not belong to the database.
    static func open(_ file: MasterKeyFile, _ database: any Database) async throws -> Secrets {
        let isNew = try await database.read { tx in try SealedSecret.keyID(tx) } == nil
        let key = isNew ? try ownOrMade(file) : try await expected(file, database)
        let sealer = Sealer(key)
        if let successor = try file.readSuccessor() { sealer.add(successor) }
        let secrets: Secrets
        do {
            secrets = try await database.write { tx in
                if isNew { try SealedSecret.claim(for: key.id, tx) }
                return try Secrets(sealer, isNew: isNew, tx)
            }
        } catch let error as ChatError {
            if isNew, case .conflict = error { file.discard(key) }
            throw error
        }
        try CredentialsFile(keys: file).settle(on: key)
        return secrets
    }

    private init(_ sealer: Sealer, isNew: Bool, _ tx: borrowing Transaction) throws {
        self.sealer = sealer
        auditKey = try SealedSecret.serverKey("audit", sealer, tx)
        limitsKey = try SealedSecret.serverKey("limits", sealer, tx)
        // Where it was derived from the master key, it stays what it was: browsers hold cookies that it signed.
        let made = isNew ? SymmetricKey(size: .bits256) : sealer.key.key(for: .device)
        deviceKey = try SealedSecret.serverKey("devices", sealer, made: made, tx)
    }

    private static func ownOrMade(_ file: MasterKeyFile) throws -> MasterKey {
        if let found = try file.read() { return found }
        let made = MasterKey.random()
        try file.write(made)
        return made
    }

    /// The key that the database belongs to. Ends a rotation that was killed after the database had changed over.
    private static func expected(_ file: MasterKeyFile, _ database: any Database) async throws -> MasterKey {
        let id = try await database.read { tx in try SealedSecret.keyID(tx) }
        if let found = try file.read(), found.id == id { return found }
        // Once more, when nobody is at it: the key may have been replaced between our two looks.
        let lock = try FolderLock(file.settings.dataDirectory)
        defer { lock.release() }
        let settled = try await database.read { tx in try SealedSecret.keyID(tx) }
        if let successor = try file.readSuccessor(), successor.id == settled {
            try file.adopt(successor)
            return successor
        }
        guard let found = try file.read(), found.id == settled else { throw refusal(file, settled) }
        return found
    }

    /// In one line: what is wrong and what to do. Nothing was changed.
    static func refusal(_ file: MasterKeyFile, _ expected: String?) -> any Error {
        do {
            let expected = expected ?? "none"
            guard let found = try file.read() else {
                return ChatError.conflict(
                    "the database belongs to the master key \(expected), and \(file.path) is missing; put it back")
            }
            let old = try file.readOld(expected)
            let advice =
                old == nil
                ? "nothing was changed" : "that one was replaced; run: homechat credentials rotate-key"
            return ChatError.conflict(
                "the database belongs to the master key \(expected), not to \(found.id); \(advice)")
        } catch {
            return error
        }
    }
}
