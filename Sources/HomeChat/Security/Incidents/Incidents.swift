import Foundation
import Storage

/// Looking back at what happened: a report for people, and an archive of what it rests on.
package struct Incidents: Sendable {
    let database: any Database
    let settings: Settings
    let audit: AuditLog
    let trail: AuditTrail
    let now: @Sendable () -> Timestamp

    package func report(for period: Duration, as principal: Principal) async throws -> IncidentReport {
        try principal.requireAdmin()
        return try await report(since: now() - period)
    }

    private func report(since start: Timestamp) async throws -> IncidentReport {
        try await database.read { [now] tx in try IncidentReport.make(since: start, at: now(), tx) }
    }

    /// What went into an archive.
    package struct Evidence: Encodable, Sendable {
        package struct File: Encodable, Sendable {
            package let name: String
            package let bytes: Int64
            package let sha256: String
        }

        package let path: String
        package let files: [File]
        /// What was looked for and is not in it.
        package let missing: [String]
    }

    /// Audit log, configuration without its secrets, report and logs, with a list of their hashes that `sha256sum -c` reads.
    /// - Parameter logs: files with what the server said; none: the system's journal is asked.
    package func collectEvidence(
        into path: String, for period: Duration, logs: [String], as principal: Principal
    ) async throws -> Evidence {
        try principal.requireAdmin()
        let logFiles = try logs.map(LogFile.init)
        let moment = now()
        let folder = "homechat-evidence-\(moment.iso8601.filter { $0 != ":" })"
        let archive = try TarFile(creating: path, folder: folder, at: moment)
        do {
            let (files, missing) = try await collect(
                into: archive, named: URL(fileURLWithPath: path).lastPathComponent, since: moment - period, logFiles,
                principal)
            try archive.finish()
            return Evidence(path: path, files: files, missing: missing)
        } catch {
            archive.abandon()
            throw error
        }
    }

    private func collect(
        into archive: TarFile, named name: String, since start: Timestamp, _ logFiles: [LogFile],
        _ principal: Principal
    ) async throws -> (files: [Evidence.File], missing: [String]) {
        // Written down before anything is read, so that the entry is in what is exported.
        let last = try await database.write { [audit] tx in
            try audit.record(
                .auditExported, by: principal, target: "incident",
                details: ["what": "evidence", "file": name], tx)
            return try AuditChain.find(tx)?.lastID ?? 0
        }
        let entries = AuditExport(
            format: .jsonl, filter: try trail.filter(AuditFilter.Words()), last: last, database: database)
        var (files, missing): ([Evidence.File], [String]) = ([], [])
        func add(_ name: String, _ fill: ((Data) throws -> Void) async throws -> Void) async throws {
            let (bytes, hash) = try await archive.add(name, fill)
            files.append(Evidence.File(name: name, bytes: bytes, sha256: hash))
        }
        func add(_ name: String, _ text: String) async throws {
            try await add(name) { write in try write(Data(text.utf8)) }
        }
        try await add("report.md", try await report(since: start).markdown)
        try await add("audit.jsonl") { write in
            try await entries.write { try write(Data($0.utf8)) }
        }
        try await add("audit-verification.txt", try await trail.verify(as: principal).statement)
        try await add("configuration.txt", settings.withoutSecrets)
        for (number, file) in logFiles.enumerated() {
            try await add("logs/\(number + 1)-\(file.name)") { write in
                while let part = try file.next() { try write(part) }
            }
        }
        if logFiles.isEmpty {
            switch await Journal.read(since: start) {
            case .found(let text):
                try await add("logs/journal.log", text)
                missing.append("of the journal, whatever is older than its newest \(Journal.longest) lines")
            case .nothing(let reason): missing.append("server log: \(reason)")
            }
        }
        if !missing.isEmpty { try await add("MISSING.txt", missing.map { $0 + "\n" }.joined()) }
        try await add("SHA256SUMS", files.map { "\($0.sha256)  \($0.name)\n" }.joined())
        return (files, missing)
    }
}
