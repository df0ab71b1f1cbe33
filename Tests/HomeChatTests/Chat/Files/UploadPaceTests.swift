import Testing

@testable import HomeChat

struct UploadPaceTests {
    @Test func `all uploads share one pace, and time in which nothing came is not made up for`() {
        let pace = UploadPace(bytesPerSecond: 1_000_000)
        let start = ContinuousClock.now
        #expect(pace.take(500_000, at: start) == start + .milliseconds(500))
        #expect(pace.take(250_000, at: start + .milliseconds(100)) == start + .milliseconds(750))
        #expect(pace.take(1_000, at: start + .seconds(60)) == start + .milliseconds(60_001))
    }
}
