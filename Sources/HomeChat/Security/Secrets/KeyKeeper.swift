import Foundation
import Logging
import Storage

/// Keeps the master key of a running server the one that the database belongs to, wherever it was rotated.
struct KeyKeeper: Sendable {
    let sealer: Sealer
    let file: MasterKeyFile
    let database: any Database
    let logger: Logger

    /// A key that may come to count in a moment. Only whoever has the present one can have sealed it.
    func hear(_ offer: [UInt8]) {
        guard let bytes = try? sealer.open(offer, for: .handover), bytes.count == MasterKey.byteCount else {
            return logger.warning("a master key was offered that this server cannot open")
        }
        sealer.add(MasterKey(bytes: Data(bytes)))
    }

    func catchUp() async {
        do {
            guard let id = try await database.read({ tx in try SealedSecret.keyID(tx) }) else { return }
            if id != sealer.key.id { try change(to: id) }
            if file.isOurs, try file.read()?.id != id { try keep(sealer.key) }
        } catch {
            logger.error("the master key could not be brought up to date", metadata: ["error": "\(error)"])
        }
    }

    private func change(to id: String) throws {
        guard let key = try sealer.key(id) ?? file.find(id) else {
            throw ChatError.conflict(
                "the database belongs to the master key \(id) now; start this server with that one")
        }
        let old = sealer.key
        sealer.use(key)
        logger.notice("the master key was rotated", metadata: ["key_id": "\(id)"])
        guard !file.isOurs else { return }
        if let lock = try FolderLock(withoutWaiting: file.settings.dataDirectory) {
            defer { lock.release() }
            // Fails where the command did it, in this folder.
            try? CredentialsFile(keys: file).reseal(for: [old, key])
        }
        logger.warning(
            "give this server the new master key before it starts again", metadata: ["from": "\(file.place)"])
    }

    /// Where the key was rotated on another node, this one's file is still the old one's.
    private func keep(_ key: MasterKey) throws {
        // Whoever rotates here at this moment does it, too.
        guard let lock = try FolderLock(withoutWaiting: file.settings.dataDirectory) else { return }
        defer { lock.release() }
        try file.adopt(key)
        try CredentialsFile(keys: file).reseal(for: [key])
    }
}
