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
        return date(text).map { max(0, $0.timeIntervalSince(now)) }
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7). Not by `DateFormatter`, which ends the process for some
    /// texts.
    private static func date(_ text: String) -> Date? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let time = words[4].split(separator: ":", omittingEmptySubsequences: false).map { number($0, digits: 2) }
        guard let day = number(words[1], digits: 2), let year = number(words[3], digits: 4), time.count == 3,
            let hour = time[0], let minute = time[1], let second = time[2]
        else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, Int32(month), day)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (hour, minute, second)
        return Date(timeIntervalSince1970: TimeInterval(timegm(&parts)))
    }

    private static func number(_ text: Substring, digits: Int) -> Int32? {
        let isNumber = text.utf8.count == digits && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        return isNumber ? Int32(text) : nil
    }
}
