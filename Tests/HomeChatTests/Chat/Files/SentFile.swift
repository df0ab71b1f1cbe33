import Crypto
import Foundation
import Storage
import Testing

@testable import HomeChat

extension House {
    var folder: FileFolder { server.files.folder }
    var sweeper: FileSweeper { server.fileSweeper }

    /// The bytes in the folder, as an upload leaves them before anything refers to them.
    func lay(_ words: String) throws -> String {
        let incoming = try folder.openIncoming()
        defer { folder.close(incoming: incoming) }
        let path = incoming + "/" + FileFolder.uploadName
        try Data(words.utf8).write(to: URL(fileURLWithPath: path))
        return try folder.store(path)
    }

    /// What an upload does in its transaction: what is there already is used, and what was laid for nothing is said.
    func upload(
        _ words: String, storedAs name: String, preview: String? = nil, named title: String = "a.bin",
        type: String = "application/octet-stream", as principal: Principal
    ) async throws -> File {
        let hash = SHA256.hash(data: Data(words.utf8)).hexadecimal
        let now = clock.now
        return try await server.database.write { tx in
            if let known = try FileContent.find(sha256: hash, tx) {
                return try File.insert(named: title, known, by: Uploader(principal), at: now, tx)
            }
            let isThere = preview != nil
            let content: FileContent = try tx.fetchRequired(
                """
                INSERT INTO file_contents (sha256, stored_as, content_type, byte_size, preview_as, preview_width,
                    preview_height, preview_bytes, created_at)
                VALUES (\(hash), \(name), \(type), \(words.utf8.count), \(preview), \(isThere ? 4 : nil),
                    \(isThere ? 3 : nil), \(isThere ? 5 : 0), \(now))
                RETURNING \(FileContent.columns)
                """)
            return try File.insert(named: title, content, by: Uploader(principal), at: now, tx)
        }
    }

    /// A file that waits for its message.
    func upload(
        _ words: String, named title: String = "a.bin", type: String = "application/octet-stream",
        preview: Bool = false, as principal: Principal
    ) async throws -> File {
        try await upload(
            words, storedAs: lay(words), preview: preview ? lay("small") : nil, named: title, type: type, as: principal)
    }

    func send(_ files: File..., in channel: Channel.ID, as principal: Principal) async throws -> Message.ID {
        try await server.messages.post(
            MessageDraft(text: "", files: files.map(\.id)), in: channel, as: principal
        ).message.id
    }

    /// What lies in the folder, by name.
    var stored: [String] { folder.starts().flatMap { folder.stored(beginning: $0) }.map(\.name) }

    func count(_ table: SQL) async throws -> Int64 {
        try await server.database.read { tx in try tx.fetchRequired("SELECT COUNT(*) FROM \(table)") }
    }

    func isThere(_ file: File, for principal: Principal) async throws -> Bool {
        do {
            _ = try await server.files.find(key: file.key, as: principal)
            return true
        } catch ChatError.notFound {
            return false
        }
    }
}
