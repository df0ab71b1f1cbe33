import Foundation
import Testing

@testable import HomeChat

@Suite struct TimestampTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_399_999, "2000-02-28T23:59:59Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"),
            (1_795_467_840_500, "2026-11-23T21:04:00Z"),
        ] as [(Int64, String)])
    func `a moment is written in whole seconds of UTC`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
    }

    @Test func `what is written is read again`() {
        let moment = Timestamp(milliseconds: 1_795_467_840_000)
        #expect(Timestamp(iso8601: moment.iso8601) == moment)
        #expect(Timestamp(iso8601: "2026-11-23T23:04:00.250+02:00")?.milliseconds == 1_795_467_840_250)
        for text in ["", "now", "2026-11-23", String(repeating: "2", count: 100)] {
            #expect(Timestamp(iso8601: text) == nil)
        }
    }

    @Test(arguments: ["292278994-08-17T07:12:55Z", "99999999999999-01-01T00:00:00Z", "-292275055-01-01T00:00:00Z"])
    func `a year that no calendar has is not read`(text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test func `a length of time has a number and a unit`() {
        let spans: [(String, Duration)] = [
            ("0s", .zero), ("30s", .seconds(30)), ("15M", .minutes(15)), ("24h", .hours(24)), ("007d", .days(7)),
            ("1000000d", .days(1_000_000)),
        ]
        for (text, span) in spans { #expect(Duration(span: text) == span) }
        for text in [
            "", "24", "20261125", "d", "-1d", "+1d", "1.5h", " 1h", "1h ", "1w", "1dd", "1000001d", "99999999999d",
            "99999999999999999999999999d", "٣d", "1h30m",
        ] {
            #expect(Duration(span: text) == nil, "\(text)")
        }
    }

    @Test func `no sum goes beyond the first and the last moment`() {
        let (first, last) = (Timestamp(milliseconds: .min), Timestamp(milliseconds: .max))
        #expect(last + .days(1) == last && first - .days(1) == first)
        #expect(first + .days(-1) == first && last - .days(-1) == last)
        #expect(first.exactISO8601.hasSuffix("Z") && last.exactISO8601.hasSuffix("Z"))
        #expect((Timestamp(milliseconds: 0) - .days(1_000_000)).iso8601 == "-768-02-04T00:00:00Z")
    }
}
