import Foundation

/// `credentials.sealed`: secret settings, in a file that is worth nothing without the master key.
///
/// A heading, then the whole document sealed with a master key, in Base64. While a rotation is under way there are two such
/// lines, one for each key, so that the file can be opened whatever happens to it.
struct CredentialsFile: Sendable {
    private static let heading = "homechat credentials 1"
    static let maximumBytes = 256 << 10

    let keys: MasterKeyFile
    /// Where a text lies that was typed and is not fit yet.
    var isDraft = false

    var path: String { "\(keys.settings.dataDirectory)/credentials.\(isDraft ? "draft" : "sealed")" }
    var exists: Bool { file.exists }

    private var file: PrivateFile { PrivateFile(path: path) }

    /// Empty when there is none.
    func read() throws -> [String: String] {
        guard let plain = try readBytes() else { return [:] }
        guard let values = try? JSONDecoder().decode([String: String].self, from: Data(plain)) else { throw damaged }
        return values
    }

    func write(_ values: [String: String], for keys: [MasterKey]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        try writeBytes(encoder.encode(values), for: keys)
    }

    func readBytes() throws -> [UInt8]? {
        guard let sealed = try sealedLines() else { return nil }
        var ids: [String] = []
        for line in sealed {
            guard let id = try? MasterKey.id(of: line) else { continue }
            ids.append(id)
            guard let key = try keys.find(id) else { continue }
            if let plain = try? key.open(line, for: .credentials) { return plain }
            throw damaged
        }
        guard let first = ids.first else { throw damaged }
        guard let present = try keys.read() else {
            throw ChatError.conflict("\(path) is sealed, and the master key \(first) is missing; put \(keys.path) back")
        }
        throw ChatError.conflict("\(path) was sealed with the master key \(first), not with \(present.id)")
    }

    func writeBytes(_ plain: some DataProtocol, for keys: [MasterKey]) throws {
        guard plain.count <= Self.maximumBytes / 4 else { throw ChatError.tooLarge(limit: Self.maximumBytes / 4) }
        let lines = try keys.map { Data(try $0.seal(plain, for: .credentials)).base64EncodedString() }
        try file.replace(with: Data(([Self.heading] + lines).joined(separator: "\n").utf8 + [0x0A]))
    }

    func remove() {
        file.remove()
    }

    /// The keys to seal with: the present one, and while a rotation is under way its successor too.
    func writingKeys(_ present: MasterKey) throws -> [MasterKey] {
        let ids = Set(try sealedLines()?.compactMap { try? MasterKey.id(of: $0) } ?? [])
        let other = try keys.readSuccessor().flatMap { ids.contains($0.id) && $0.id != present.id ? $0 : nil }
        return [present] + [other].compactMap(\.self)
    }

    /// Seals the file anew. Does nothing where there is none.
    func reseal(for keys: [MasterKey]) throws {
        for file in [self, CredentialsFile(keys: self.keys, isDraft: true)] {
            guard let plain = try file.readBytes() else { continue }
            try file.writeBytes(plain, for: keys)
        }
    }

    /// At the start: ends what a rotation left, and takes in a file from before one.
    func settle(on key: MasterKey) throws {
        guard let lines = try sealedLines(), lines.map({ try? MasterKey.id(of: $0) }) != [key.id],
            let lock = try FolderLock(withoutWaiting: keys.settings.dataDirectory)
        else { return }
        defer { lock.release() }
        guard try keys.readSuccessor() == nil else { return }  // it may be killed yet, and begin again
        try reseal(for: [key])
    }

    private var damaged: ChatError {
        .conflict("\(path) is damaged; put back a copy of it, or move it away and set its values again")
    }

    private func sealedLines() throws -> [[UInt8]]? {
        guard let data = try file.read() else { return nil }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        guard data.count <= Self.maximumBytes, lines.count > 1, lines[0] == Self.heading else { throw damaged }
        return lines.dropFirst().map { Array(Data(base64Encoded: String($0)) ?? Data()) }
    }
}
