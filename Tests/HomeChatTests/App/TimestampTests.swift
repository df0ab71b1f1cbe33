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
}
