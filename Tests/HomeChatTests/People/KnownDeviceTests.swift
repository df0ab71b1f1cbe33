import Crypto
import Testing

@testable import HomeChat

@Suite struct KnownDeviceTests {
    private let key = SymmetricKey(size: .bits256)
    private let now = Timestamp(milliseconds: 1_800_000_000_000)

    @Test(arguments: [Int64.min, .min + 1, -1, 0, 1_800_000_001, .max])
    func `a time that nobody wrote down makes nobody known`(_ seconds: Int64) {
        let known = KnownDevices(cookie: "1.device.\(seconds).seal")
        #expect(known.device(of: .init(1), at: now, key) == nil)
        #expect(
            KnownDevices(cookie: known.adding(.init(2), at: now, key).cookie).device(of: .init(2), at: now, key) != nil)
    }

    @Test func `what others wrote into the cookie is not given back`() {
        let one = KnownDevices(cookie: nil).adding(.init(1), at: now, key).cookie
        let foreign = KnownDevices(cookie: "2.<script>.1800000000.x~\(one)~3.ä.1.y")
        let both = foreign.adding(.init(4), at: now, key).cookie
        #expect(!both.contains("script") && !both.contains("ä"))
        let known = KnownDevices(cookie: both)
        #expect(known.device(of: .init(1), at: now, key) != nil && known.device(of: .init(4), at: now, key) != nil)
    }
}
