import Foundation

/// A day, a month or a year, as people write them behind `before:`, `on:` and `after:`.
enum SearchDay: Equatable, Sendable {
    case today, yesterday
    /// In the Gregorian calendar, whatever calendar the reader's page shows.
    case date(year: Int, month: Int?, day: Int?)

    private static let years = 1970...9998

    init?(_ text: String) {
        switch text.lowercased() {
        case "today": self = .today
        case "yesterday": self = .yesterday
        default:
            let parts = text.split(separator: "-", omittingEmptySubsequences: false).map(Self.number)
            guard (1...3).contains(parts.count), let year = parts[0], text.prefix(4).utf8.count == 4,
                Self.years.contains(year)
            else { return nil }
            let rest = parts.dropFirst().compactMap(\.self)
            guard rest.count == parts.count - 1 else { return nil }
            let date = SearchDay.date(year: year, month: rest.first, day: rest.count > 1 ? rest[1] : nil)
            guard date.isReal else { return nil }
            self = date
        }
    }

    private static func number(_ text: Substring) -> Int? {
        guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }

    private var isReal: Bool {
        guard case .date(let year, let month, let day) = self else { return true }
        return DateComponents(
            calendar: Self.calendar(.gmt), year: year, month: month ?? 1, day: day ?? 1
        ).isValidDate
    }

    /// From its first moment to the first after it.
    func span(in zone: TimeZone, at now: Timestamp) -> Range<Timestamp> {
        let calendar = Self.calendar(zone)
        let (start, unit): (Date?, Calendar.Component)
        switch self {
        case .today, .yesterday:
            let today = calendar.startOfDay(for: now.date)
            unit = .day
            start = self == .today ? today : calendar.date(byAdding: .day, value: -1, to: today)
        case .date(let year, let month, let day):
            unit = day != nil ? .day : month != nil ? .month : .year
            start = calendar.date(from: DateComponents(year: year, month: month ?? 1, day: day ?? 1))
        }
        guard let start, let end = calendar.date(byAdding: unit, value: 1, to: start), start < end else {
            return now..<now  // no such day in this zone's history
        }
        return Timestamp(start)..<Timestamp(end)
    }

    private static func calendar(_ zone: TimeZone) -> Calendar {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        return calendar
    }
}

extension SearchQuery {
    /// nil: any time. What contradicts itself is an empty range.
    func time(in zone: TimeZone, at now: Timestamp) -> Range<Timestamp>? {
        guard !times.isEmpty else { return nil }
        var first = Timestamp(milliseconds: .min)
        var end = Timestamp(milliseconds: .max)
        for time in times {
            let span = time.day.span(in: zone, at: now)
            if time.side != .before { first = max(first, time.side == .after ? span.upperBound : span.lowerBound) }
            if time.side != .after { end = min(end, time.side == .before ? span.lowerBound : span.upperBound) }
        }
        return first..<max(first, end)
    }
}

extension Timestamp {
    fileprivate init(_ date: Date) {
        self.init(milliseconds: Int64((date.timeIntervalSince1970 * 1000).rounded(.down)))
    }

    fileprivate var date: Date { Date(timeIntervalSince1970: Double(milliseconds) / 1000) }
}
