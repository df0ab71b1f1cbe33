import Foundation

/// Times in words for a first view without scripts, in the reader's time zone; the page says them in the reader's own language later.
struct LocalTime: Sendable {
    private let zone: TimeZone

    init(zone name: String) {
        zone = TimeZone(identifier: name.isEmpty ? "UTC" : name) ?? .gmt
    }

    /// Shifted so that its ISO 8601 form shows the local date and clock.
    private func local(_ moment: Timestamp) -> String {
        let date = Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000)
        return (moment + .seconds(zone.secondsFromGMT(for: date))).iso8601
    }

    func clock(_ moment: Timestamp) -> String { String(local(moment).dropFirst(11).prefix(5)) }
    func date(_ moment: Timestamp) -> String { String(local(moment).prefix(10)) }
    func exact(_ moment: Timestamp) -> String { "\(date(moment)) \(clock(moment))" }

    /// "Monday, 23 November 2026".
    func day(_ moment: Timestamp) -> String {
        let parts = date(moment).split(separator: "-").compactMap { Int($0) }
        guard parts.count == 3 else { return date(moment) }
        let seconds =
            (moment.milliseconds / 1000)
            + Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(moment.milliseconds) / 1000)))
        return "\(Self.weekdays[Int((seconds / 86_400 + 4) % 7)]), \(parts[2]) \(Self.months[parts[1] - 1]) \(parts[0])"
    }

    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
}
