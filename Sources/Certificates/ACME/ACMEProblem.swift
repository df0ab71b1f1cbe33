import Foundation

/// What a certificate authority says when it refuses (RFC 7807, RFC 8555 §6.7).
public struct ACMEProblem: Decodable, Sendable, Hashable {
    public struct Part: Decodable, Sendable, Hashable {
        public let detail: String?
        public let identifier: Identifier?
    }
    public struct Identifier: Decodable, Sendable, Hashable {
        public let value: String
    }

    /// Without the prefix `urn:ietf:params:acme:error:`.
    public let type: String
    public let detail: String
    /// What was wrong with single names (RFC 8555 §6.7.1).
    public let parts: [Part]

    static let prefix = "urn:ietf:params:acme:error:"

    public init(json: [UInt8]) throws(CertificatesError) {
        self = try ACMEJSON.decode(json)
    }

    init(type: String, detail: String) {
        self.type = type
        self.detail = detail
        parts = []
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Field.self)
        let type = try fields.decodeIfPresent(String.self, forKey: .type) ?? "about:blank"
        self.type = type.hasPrefix(Self.prefix) ? String(type.dropFirst(Self.prefix.count)) : type
        let title = try fields.decodeIfPresent(String.self, forKey: .title)
        detail = try fields.decodeIfPresent(String.self, forKey: .detail) ?? title ?? ""
        parts = try fields.decodeIfPresent([Part].self, forKey: .subproblems) ?? []
    }

    private enum Field: String, CodingKey {
        case type, title, detail, subproblems
    }
}

extension ACMEProblem: CustomStringConvertible {
    public var description: String {
        let parts = parts.prefix(10).map { part in
            [part.identifier?.value, part.detail].compactMap(\.self).joined(separator: ": ")
        }
        return Bounds.line(([detail.isEmpty ? type : "\(detail) (\(type))"] + parts).joined(separator: "; "))
    }
}

/// The `Retry-After` field (RFC 9110 §10.2.3): seconds, or a date.
public enum RetryAfter {
    /// Seconds from now, at least 0. Nil when it is neither.
    public static func seconds(_ field: String, now: Date) -> Double? {
        let text = field.trimmingCharacters(in: .whitespaces)
        if !text.isEmpty, text.utf8.count <= 9, text.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) {
            return Double(text)
        }
        guard text.utf8.count <= 40, let date = format.date(from: text) else { return nil }
        return max(0, date.timeIntervalSince(now))
    }

    /// RFC 9110 §5.6.7.
    private static var format: DateFormatter {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return format
    }
}
