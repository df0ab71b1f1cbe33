import Crypto
import Foundation
import Storage

/// What lies in the folder against what the database says of it.
package struct FileCheck: Sendable {
    let database: any Database
    let folder: FileFolder
    let now: @Sendable () -> Timestamp

    package struct Report: Sendable {
        /// What the database knows, and what the folder should hold of it.
        package var contents: Int64 = 0
        package var previews: Int64 = 0
        package var bytes: Int64 = 0
        /// `mostListed` at most of each kind; `counts` has all.
        package var problems: [Problem] = []
        package var counts: [Problem.Kind: Int64] = [:]
        package var removed: Int64 = 0

        package static let mostListed = 1000

        mutating func note(_ problem: Problem) {
            counts[problem.kind, default: 0] += 1
            if problems.count < Self.mostListed { problems.append(problem) }
        }

        /// Strays that are gone are no problem any more.
        package var isSound: Bool {
            counts.allSatisfy { kind, count in kind == .stray ? count <= removed : count == 0 }
        }
    }

    package struct Problem: Sendable {
        package enum Kind: String, Sendable, CaseIterable {
            /// In the folder, and nothing refers to it.
            case stray
            case missing
            case wrongSize = "wrong_size"
            case wrongHash = "wrong_hash"
        }

        package let kind: Kind
        /// In the folder of files.
        package let path: String
        /// Messages that cannot be shown as they were; 20 at most.
        package var messages: [Message.ID] = []
    }

    /// - Parameters:
    ///   - verifies: every byte is read, not only counted.
    ///   - removesStrays: takes away what nothing refers to. What changed within the last hour may be on its way in, and is no
    ///     stray.
    package func run(verifies: Bool, removesStrays: Bool, as principal: Principal) async throws -> Report {
        try principal.requireAdmin()
        var report = Report()
        let known = try await database.read { tx in try ExpectedBytes.starts(tx) }
        for start in Set(known + folder.starts()).sorted() {
            try await look(start, verifies: verifies, removesStrays: removesStrays, &report)
            try Task.checkCancellation()
        }
        return report
    }

    private func look(
        _ start: String, verifies: Bool, removesStrays: Bool, _ report: inout Report
    ) async throws {
        // The disk first: what is stored after that is no stray.
        let there = folder.stored(beginning: start)
        let expected = try await database.read { tx in try ExpectedBytes.all(beginning: start, tx) }
        let names = Set(expected.map(\.name))
        for bytes in expected {
            report.note(bytes)
            guard let kind = problem(with: bytes, verifies: verifies), try await isExpected(bytes) else { continue }
            let messages = try await database.read { tx in try bytes.messages(tx) }
            report.note(Problem(kind: kind, path: "\(start)/\(bytes.name)", messages: messages))
        }
        let before = now() - FileFolder.graceTime
        for bytes in there where !names.contains(bytes.name) && bytes.changedAt < before {
            report.note(Problem(kind: .stray, path: "\(start)/\(bytes.name)"))
            guard removesStrays, folder.remove(stray: bytes.name, in: start) else { continue }
            report.removed += 1
        }
    }

    private func problem(with bytes: ExpectedBytes, verifies: Bool) -> Problem.Kind? {
        guard let status = FileStatus(at: folder.place(of: bytes.name)), status.isFile else { return .missing }
        guard status.byteSize == bytes.byteSize else { return .wrongSize }
        guard verifies, let sha256 = bytes.sha256 else { return nil }
        return hash(of: bytes.name) == sha256 ? nil : .wrongHash
    }

    /// It may have been deleted while we looked, beside a server that runs.
    private func isExpected(_ bytes: ExpectedBytes) async throws -> Bool {
        try await database.read { tx in try bytes.isStillExpected(tx) }
    }

    /// nil: it cannot be read, so it is not what it was.
    private func hash(of name: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: folder.place(of: name)) else { return nil }
        defer { try? file.close() }  // read only: there is nothing to lose
        var hash = SHA256()
        do {
            while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty { hash.update(data: piece) }
        } catch {
            return nil
        }
        return hash.finalize().hexadecimal
    }
}

extension FileCheck.Report {
    fileprivate mutating func note(_ bytes: ExpectedBytes) {
        if bytes.sha256 == nil { previews += 1 } else { contents += 1 }
        self.bytes += bytes.byteSize
    }
}
