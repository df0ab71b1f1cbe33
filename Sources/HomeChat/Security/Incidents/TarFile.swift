import Crypto
import Foundation

/// A tar archive (POSIX ustar) that is written once.
struct TarFile {
    private static let block = 512
    /// Eleven octal digits are what a header holds.
    private static let largest: Int64 = 0o77_777_777_777

    private let file: NewFile
    private let folder: String
    private let modifiedAt: Int64

    /// - Parameter folder: in which everything lies once it is unpacked.
    init(creating path: String, folder: String, at now: Timestamp) throws {
        file = try NewFile(path)  // what is there may be the evidence of the last time
        self.folder = folder
        modifiedAt = now.milliseconds / 1000
    }

    /// Adds a file, which `fill` writes part by part.
    /// - Returns: what it weighs, and its SHA-256.
    func add(
        _ name: String, _ fill: ((Data) throws -> Void) async throws -> Void
    ) async throws -> (bytes: Int64, hash: String) {
        let start = try file.handle.offset()
        try file.write(Data(count: Self.block))
        var (hash, size) = (SHA256(), Int64(0))
        try await fill { part in
            try file.write(part)
            hash.update(data: part)
            size += Int64(part.count)
            guard size <= Self.largest else { throw ChatError.malformed("\(name) is too large for an archive") }
        }
        let rest = Int(size % Int64(Self.block))
        if rest > 0 { try file.write(Data(count: Self.block - rest)) }
        // How large it is, is known only now.
        try file.handle.seek(toOffset: start)
        try file.write(try header(name, size))
        try file.handle.seekToEnd()
        return (size, hash.finalize().hexadecimal)
    }

    /// Two empty blocks end an archive; then all of it goes to the disk.
    func finish() throws {
        try file.write(Data(count: 2 * Self.block))
        try file.finish()
    }

    func abandon() { file.abandon() }

    private func header(_ name: String, _ size: Int64) throws -> Data {
        let path = "\(folder)/\(name)"
        guard path.utf8.count < 100 else { throw ChatError.malformed("\(name) is too long a name for an archive") }
        var fields: [(text: String, width: Int)] = [
            (path, 100), (octal(0o600, 7), 8), (octal(0, 7), 8), (octal(0, 7), 8), (octal(size, 11), 12),
            (octal(modifiedAt, 11), 12), (String(repeating: " ", count: 8), 8), ("0", 1), ("", 100), ("ustar", 6),
            ("00", 2), ("root", 32), ("root", 32), (octal(0, 7), 8), (octal(0, 7), 8), ("", 167),
        ]
        let sum = Self.bytes(fields).reduce(Int64(0)) { $0 + Int64($1) }  // with blanks where the sum will be
        fields[6].text = octal(sum, 6) + "\0 "
        return Self.bytes(fields)
    }

    private static func bytes(_ fields: [(text: String, width: Int)]) -> Data {
        fields.reduce(into: Data()) { header, field in
            header += Array(field.text.utf8.prefix(field.width))
            header += Data(count: max(field.width - field.text.utf8.count, 0))
        }
    }

    private func octal(_ number: Int64, _ width: Int) -> String {
        let digits = String(number, radix: 8)
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
}
