import Foundation

/// An entry as it leaves the server: one object of JSON, or one row of CSV.
package struct AuditLine: Encodable, Sendable {
    package let id: Int64
    /// With milliseconds, UTC.
    package let createdAt: String
    package let action: String
    package let userID: Int64?
    package let actor: String
    package let ipAddress: String
    package let userAgent: String
    package let target: String
    package let details: [String: String]
    package let requestID: String
    package let times: Int64
    package let hash: String

    package init(_ entry: AuditEntry) {
        id = entry.id.value
        createdAt = entry.createdAt.exactISO8601
        action = entry.action
        userID = entry.user?.value
        actor = entry.actor
        ipAddress = entry.ipAddress
        userAgent = entry.userAgent
        target = entry.target
        details = entry.fields
        requestID = entry.requestID
        times = entry.times
        hash = entry.hash.hexadecimal
    }

    enum CodingKeys: String, CodingKey {
        case id, action, actor, target, details, times, hash
        case createdAt = "created_at"
        case userID = "user_id"
        case ipAddress = "ip_address"
        case userAgent = "user_agent"
        case requestID = "request_id"
    }

    /// `user_id` is there for everybody, also where it is nobody's.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(id, forKey: .id)
        try container.encode(createdAt, forKey: .createdAt)
        try container.encode(action, forKey: .action)
        try container.encode(userID, forKey: .userID)
        try container.encode(actor, forKey: .actor)
        try container.encode(ipAddress, forKey: .ipAddress)
        try container.encode(userAgent, forKey: .userAgent)
        try container.encode(target, forKey: .target)
        try container.encode(details, forKey: .details)
        try container.encode(requestID, forKey: .requestID)
        try container.encode(times, forKey: .times)
        try container.encode(hash, forKey: .hash)
    }

    /// What more there is to say, on one line.
    package var detailText: String {
        details.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }

    /// Safe to print, whatever somebody wrote into the table.
    package var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self).printable()
        }
    }
}

/// Comma-separated values (RFC 4180) that no spreadsheet takes for formulas.
enum CSV {
    static func row(_ cells: [String]) -> String {
        cells.map(cell).joined(separator: ",") + "\r\n"
    }

    /// An apostrophe before what a spreadsheet would compute, as OWASP advises, also before a number with a sign.
    private static func cell(_ text: String) -> String {
        var text = text.printable()
        if let first = text.unicodeScalars.first, "=+-@\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars.contains(first)
        {
            text = "'" + text
        }
        guard text.contains(where: { $0 == "," || $0 == "\"" || $0 == "'" }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
