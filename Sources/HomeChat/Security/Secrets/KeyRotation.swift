import Foundation
import Logging
import Storage

/// Seals everything with another master key: the database in one transaction, and the credentials file around it. Killed at
/// any point, it ends or begins again with the next command or start, and nothing is lost.
///
/// The order: 1. the new key lies in `master.key.new`; 2. the credentials are sealed with both keys; 3. running servers get
/// the new key, sealed with the old one, without it being stored; 4. the transaction, from which on the new key counts;
/// 5. the credentials are sealed with the new key alone; 6. `master.key.new` becomes `master.key`. What the database says in
/// 4 decides everything else.
package struct KeyRotation: Sendable {
    package struct Receipt: Sendable {
        package let from: String
        package let to: String
        /// Sealed values in the database; nil when it was sealed anew already, and only the rest was left to do.
        package let values: Int?
        /// nil: the one who hands the key over has to keep the old one.
        package let oldKeyPath: String?
        /// Where the new key has to be put before the next start; nil: it is there.
        package let place: String?
    }

    private let file: MasterKeyFile
    private let database: any Database
    private let now: @Sendable () -> Timestamp

    /// - Parameter newKeyFile: a key that somebody made, which there has to be where we do not keep the key ourselves.
    package static func run(
        _ settings: Settings, newKeyFile: String?, as principal: Principal,
        now: @escaping @Sendable () -> Timestamp = { .now }
    ) async throws -> Receipt {
        try SealedCredentials.requireConsole(principal)
        let file = MasterKeyFile(settings: settings)
        let given = try newKeyFile.map { try MasterKeyFile.read($0, isHandedOver: false) }
        let folder = DataDirectory(settings)
        try folder.prepare()
        let lock = try FolderLock(settings.dataDirectory)
        defer { lock.release() }
        let database = try await folder.openDatabase(logger: Logger(label: "homechat"))
        do {
            try await database.migrate(Schema.migrations)
            let rotation = KeyRotation(file: file, database: database, now: now)
            let receipt = try await rotation.run(given, as: principal)
            try await database.close()
            return receipt
        } catch {
            try? await database.close()  // the reason to fail is the one above
            throw error
        }
    }

    private func run(_ given: MasterKey?, as principal: Principal) async throws -> Receipt {
        guard let expected = try await database.read({ tx in try SealedSecret.keyID(tx) }) else {
            throw ChatError.conflict("nothing is sealed yet; start the server once")
        }
        let present = try file.read()
        if let done = try [given, file.readSuccessor()].compactMap(\.self).first(where: { $0.id == expected }),
            let present, present.id != expected
        {
            try finish(done, present)
            return receipt(from: present, to: done, values: nil)
        }
        guard let old = try present.flatMap({ $0.id == expected ? $0 : nil }) ?? file.readOld(expected) else {
            throw Secrets.refusal(file, expected)
        }
        let new = try successor(of: old, present, given)
        let values = try await changeOver(from: old, to: new, as: principal)
        return receipt(from: old, to: new, values: values)
    }

    private func successor(of old: MasterKey, _ present: MasterKey?, _ given: MasterKey?) throws -> MasterKey {
        if let given {
            guard given.id != old.id else { throw ChatError.conflict("that is the master key in use already") }
            return given
        }
        guard file.isOurs else {
            throw ChatError.conflict(
                "the master key comes from \(file.place), which only you can change: 1. put a new one into a file "
                    + "(openssl rand -hex 32 >FILE; chmod 600 FILE), 2. homechat credentials rotate-key --new-key-file FILE, "
                    + "3. hand that one over before the next start")
        }
        // A database from before a rotation comes to the key that is in use.
        if let present, present.id != old.id { return present }
        return try file.readSuccessor() ?? .random()
    }

    private func changeOver(from old: MasterKey, to new: MasterKey, as principal: Principal) async throws -> Int {
        if file.isOurs, try file.read()?.id != new.id { try file.prepare(new) }
        try credentials.reseal(for: [old, new])
        let offer = try old.seal(new.bytes, for: .handover)
        try await database.announce(Event.keyOffered(offer).notice)
        let auditKey = try await database.read { tx in try SealedSecret.serverKey("audit", Sealer(old), tx) }
        try await AuditChain.begin(auditKey, database)
        let values = try await database.write { [now] tx in
            let values = try SealedPlace.all.reduce(0) { try $0 + $1.reseal(from: old, to: new, tx) }
            try SealedSecret.setKeyID(new.id, tx)
            try AuditLog(key: auditKey, now: now).record(
                .keyRotated, by: principal, target: "key:\(new.id)",
                details: ["from": old.id, "to": new.id, "values": String(values)], tx)
            tx.announce(.keyRotated)
            return values
        }
        try finish(new, old)
        return values
    }

    /// After the transaction.
    private func finish(_ new: MasterKey, _ old: MasterKey) throws {
        try credentials.reseal(for: [new])
        if file.isOurs { try file.adopt(new) }
    }

    private var credentials: CredentialsFile { CredentialsFile(keys: file) }

    private func receipt(from old: MasterKey, to new: MasterKey, values: Int?) -> Receipt {
        Receipt(
            from: old.id, to: new.id, values: values, oldKeyPath: file.isOurs ? file.pathOfOld(old.id) : nil,
            place: file.isOurs ? nil : file.place)
    }
}
