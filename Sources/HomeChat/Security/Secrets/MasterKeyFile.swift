import Foundation

/// Where the master key comes from: the environment, a file that the system hands over, or `master.key` in the data directory.
struct MasterKeyFile: Sendable {
    let settings: Settings

    var path: String { settings.masterKeyFile ?? "\(settings.dataDirectory)/master.key" }

    /// nil when there is none yet.
    func read() throws -> MasterKey? {
        if let text = settings.masterKey { return try MasterKey(text: text, from: "HOMECHAT_MASTER_KEY") }
        guard FileManager.default.fileExists(atPath: path) else {
            guard settings.masterKeyFile == nil else { throw ChatError.malformed("\(path): no such file") }
            return nil
        }
        try requirePrivate()
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ChatError.malformed("\(path) cannot be read")
        }
        return try MasterKey(text: String(decoding: data, as: UTF8.self), from: path)
    }

    /// Only ever for a database that has nothing sealed in it. Fails when the file is there.
    func write(_ key: MasterKey) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw ChatError.malformed("cannot write \(path)") }
        let handle = FileHandle(fileDescriptor: file, closeOnDealloc: true)
        do {
            try handle.write(contentsOf: Data((key.text + "\n").utf8))
            try handle.synchronize()
        } catch {
            unlink(path)
            throw ChatError.malformed("cannot write \(path)")
        }
    }

    /// Secrets that a service manager hands over may be readable by its group; one's own file may not.
    private func requirePrivate() throws {
        guard settings.masterKeyFile == nil else { return }
        var status = stat()
        guard stat(path, &status) == 0 else { throw ChatError.malformed("\(path) cannot be read") }
        guard status.st_mode & 0o077 == 0 else {
            throw ChatError.malformed("\(path) can be read by others; run: chmod 600 \(path)")
        }
    }
}
