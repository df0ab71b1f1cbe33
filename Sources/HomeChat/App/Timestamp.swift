import Foundation
import Storage

/// A moment in milliseconds since 1970, UTC. Stored so; on the wire it is ISO 8601 with whole seconds.
package struct Timestamp: Hashable, Comparable, Sendable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    package static var now: Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }

    package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    /// Where that would be later than any moment there is, the last one; `-` likewise.
    package static func + (moment: Self, span: Duration) -> Timestamp {
        let (sum, isBeyond) = moment.milliseconds.addingReportingOverflow(span.milliseconds)
        return Timestamp(milliseconds: isBeyond ? (span > .zero ? .max : .min) : sum)
    }

    package static func - (moment: Self, span: Duration) -> Timestamp {
        let (difference, isBeyond) = moment.milliseconds.subtractingReportingOverflow(span.milliseconds)
        return Timestamp(milliseconds: isBeyond ? (span > .zero ? .min : .max) : difference)
    }
}

extension Duration {
    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]

    /// `30s`, `15m`, `24h`, `90d`, as people write it everywhere. nil for anything else: a number without a unit may be a
    /// date, or other units than ours.
    package init?(span text: String) {
        guard let unit = text.lowercased().last.flatMap({ Self.units[$0] }),
            let count = Self.count(text.dropLast(), in: 0...1_000_000)
        else { return nil }
        self = .seconds(count * unit)
    }

    /// A number of seconds, as settings have it from older times.
    init?(bareSeconds text: String) {
        guard let count = Self.count(text[...], in: 0...1_000_000) else { return nil }
        self = .seconds(count)
    }

    /// `Int64` takes a sign.
    private static func count(_ digits: Substring, in range: ClosedRange<Int64>) -> Int64? {
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int64(digits).flatMap { range.contains($0) ? $0 : nil }
    }

    package static func minutes(_ count: Int64) -> Duration { .seconds(count * 60) }
    package static func hours(_ count: Int64) -> Duration { .seconds(count * 3600) }
    package static func days(_ count: Int64) -> Duration { .seconds(count * 86_400) }
}

extension Timestamp {
    /// `2026-11-23T21:04:00Z`. Arithmetic instead of a date formatter: this runs for each message of each page.
    package var iso8601: String {
        let seconds = milliseconds.flooringDivide(1000)
        let days = seconds.flooringDivide(86_400)
        let rest = seconds - days * 86_400
        // Civil date from the count of days, era by era of 400 years (146,097 days).
        let shifted = days + 719_468
        let era = shifted.flooringDivide(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
            + "\(padded(rest / 3600, 2)):\(padded(rest / 60 % 60, 2)):\(padded(rest % 60, 2))Z"
    }

    /// `2026-11-23T21:04:00.123Z`, for what has to be put in order afterwards.
    package var exactISO8601: String {
        let remainder = milliseconds % 1000
        let rest = remainder < 0 ? remainder + 1000 : remainder
        return "\(iso8601.dropLast()).\(padded(rest, 3))Z"
    }

    /// From the year 1 to the year 9999.
    private static let writable: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    /// Reads ISO 8601 in UTC or with an offset; nil for anything else.
    package init?(iso8601 text: String) {
        guard text.utf8.count <= 40,
            let date = (try? Date(text, strategy: .iso8601))
                ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))),
            let milliseconds = Int64(exactly: (date.timeIntervalSince1970 * 1000).rounded(.down)),
            Self.writable.contains(milliseconds)
        else { return nil }
        self.init(milliseconds: milliseconds)
    }
}

private func padded(_ number: Int64, _ width: Int) -> String {
    let digits = String(number)
    return digits.utf8.count >= width ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
}

extension Int64 {
    fileprivate func flooringDivide(_ divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension Timestamp: Codable {
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let moment = Timestamp(iso8601: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an ISO 8601 time")
        }
        self = moment
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(iso8601)
    }
}

extension Timestamp: SQLValueConvertible {
    package var sqlValue: SQLValue { .integer(milliseconds) }
}

extension Timestamp: SQLValueDecodable {
    package init(sqlValue: SQLValue) throws {
        self.init(milliseconds: try Int64(sqlValue: sqlValue))
    }
}
