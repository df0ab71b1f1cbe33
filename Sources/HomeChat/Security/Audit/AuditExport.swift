import Storage

/// A copy of a part of the log, to be taken elsewhere. Whoever takes it is written down first.
package struct AuditExport: Sendable {
    package enum Format: String, Sendable, CaseIterable {
        case csv, jsonl

        package var mediaType: String {
            switch self {
            case .csv: "text/csv; charset=utf-8; header=present"
            case .jsonl: "application/jsonl; charset=utf-8"
            }
        }
    }

    package let format: Format
    let filter: AuditFilter
    /// The newest entry that belongs to it: the one about the export itself.
    let last: Int64
    let database: any Database

    /// Slice by slice, the oldest first, while the server goes on writing.
    /// - Returns: how many entries there were.
    @discardableResult package func write(_ write: (String) async throws -> Void) async throws -> Int64 {
        if format == .csv { try await write(CSV.row(Self.columns)) }
        var position: Int64 = 0
        var count: Int64 = 0
        while true {
            let after = position
            let entries = try await database.read { [filter] tx in
                try filter.page(after: after, limit: AuditTrail.maximumPage, tx)
            }
            let own = entries.prefix { $0.id.value <= last }
            guard let newest = own.last else { return count }
            try await write(try own.map { try text(AuditLine($0)) }.joined())
            count += Int64(own.count)
            position = newest.id.value
        }
    }

    private func text(_ line: AuditLine) throws -> String {
        switch format {
        case .jsonl: try line.json + "\n"
        case .csv:
            CSV.row([
                String(line.id), line.createdAt, line.action, line.userID.map { String($0) } ?? "", line.actor,
                line.ipAddress, line.userAgent, line.target, line.detailText, line.requestID, String(line.times),
                line.hash,
            ])
        }
    }

    private static let columns = [
        "id", "created_at", "action", "user_id", "actor", "ip_address", "user_agent", "target", "details", "request_id",
        "times", "hash",
    ]
}

extension AuditTrail {
    package func export(
        _ filter: AuditFilter, as format: AuditExport.Format, by principal: Principal
    ) async throws -> AuditExport {
        try principal.requireAdmin()
        let last = try await database.write { [audit, now] tx in
            try Proof.require(principal, at: now(), tx)
            try filter.requireKnownUser(tx)
            try audit.record(
                .auditExported, by: principal, details: ["format": format.rawValue, "filter": filter.summary], tx)
            return try AuditChain.find(tx)?.lastID ?? 0
        }
        return AuditExport(format: format, filter: filter, last: last, database: database)
    }
}
