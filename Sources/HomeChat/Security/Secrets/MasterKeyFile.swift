import Foundation

/// Where the master key comes from: the environment, a file that the system hands over, or `master.key` in the data directory.
///
/// Beside `master.key` lie, while it is replaced, its successor (`.new`), and afterwards each one that it replaced
/// (`.old-<id>`), without which older backups could not be read.
struct MasterKeyFile: Sendable {
    let settings: Settings

    var path: String { settings.masterKeyFile ?? ownPath }

    /// Whether the key lies in the data directory, so that we may replace it. Otherwise only whoever hands it over can.
    var isOurs: Bool { settings.masterKey == nil && settings.masterKeyFile == nil }

    /// How a person names the place.
    var place: String { settings.masterKey == nil ? path : "HOMECHAT_MASTER_KEY" }

    private var ownPath: String { "\(settings.dataDirectory)/master.key" }
    private var successor: PrivateFile { PrivateFile(path: ownPath + ".new") }

    func pathOfOld(_ id: String) -> String { "\(ownPath).old-\(id)" }

    /// nil when there is none yet.
    func read() throws -> MasterKey? {
        if let text = settings.masterKey { return try MasterKey(text: text, from: "HOMECHAT_MASTER_KEY") }
        guard FileManager.default.fileExists(atPath: path) else {
            guard isOurs else { throw ChatError.malformed("\(path): no such file") }
            return nil
        }
        return try Self.read(path, isHandedOver: KeyPlace.isHandedOver(path), isExamined: settings.isExamined)
    }

    /// A key in a file that somebody names or that the system hands over.
    static func read(_ path: String, isHandedOver: Bool, isExamined: Bool = false) throws -> MasterKey {
        if !isExamined { try requirePrivate(path, isHandedOver: isHandedOver) }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ChatError.malformed("\(path) cannot be read")
        }
        return try MasterKey(text: String(decoding: data, as: UTF8.self), from: path)
    }

    /// Only ever for a database that has nothing sealed in it. Fails when the file is there.
    func write(_ key: MasterKey) throws {
        try PrivateFile(path: ownPath).create(with: Self.contents(key))
    }

    /// Takes back a key that nothing is sealed with.
    func discard(_ key: MasterKey) {
        guard isOurs, (try? read())?.id == key.id else { return }
        unlink(ownPath)
    }

    // Replacing it

    /// What a rotation made that has not ended, or whose end was not seen.
    func readSuccessor() throws -> MasterKey? {
        guard isOurs, successor.exists else { return nil }
        return try Self.read(successor.path, isHandedOver: false, isExamined: settings.isExamined)
    }

    func prepare(_ key: MasterKey) throws {
        try successor.replace(with: Self.contents(key))
    }

    /// The database is sealed with this key now, so it is the one. Does nothing where that is done already.
    func adopt(_ key: MasterKey) throws {
        let old = try read()
        guard old?.id != key.id else { return successor.remove() }
        if try readSuccessor()?.id != key.id { try prepare(key) }
        if let old { try PrivateFile(path: pathOfOld(old.id)).replace(with: Self.contents(old)) }
        try successor.move(to: ownPath)
    }

    /// The key of this id, if it is the present one, one that is about to be, or one that was.
    func find(_ id: String) throws -> MasterKey? {
        if let key = try read(), key.id == id { return key }
        if let key = try readSuccessor(), key.id == id { return key }
        return try readOld(id)
    }

    func readOld(_ id: String) throws -> MasterKey? {
        let path = pathOfOld(id)
        guard isOurs, FileManager.default.fileExists(atPath: path) else { return nil }
        let key = try Self.read(path, isHandedOver: false, isExamined: settings.isExamined)
        guard key.id == id else { throw ChatError.malformed("\(path) holds another key than its name says") }
        return key
    }

    private static func contents(_ key: MasterKey) -> Data { Data((key.text + "\n").utf8) }

    /// Secrets that a service manager hands over may be readable by others in their container; one's own file may not. Nobody
    /// else may be able to write either.
    private static func requirePrivate(_ path: String, isHandedOver: Bool) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw ChatError.malformed("\(path): no such file") }
        let user = geteuid()
        guard isHandedOver || user == 0 || [user, 0].contains(status.st_uid) else {
            throw ChatError.malformed("\(path) belongs to user \(status.st_uid); run: chown \(user) \(path)")
        }
        guard status.st_mode & (isHandedOver ? 0o022 : 0o077) == 0 else {
            let fault = isHandedOver ? "changed" : "read"
            throw ChatError.malformed("\(path) can be \(fault) by others; run: chmod 600 \(path)")
        }
    }
}
