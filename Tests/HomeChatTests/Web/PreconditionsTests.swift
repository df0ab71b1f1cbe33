import HTTPTypes
import Testing

@testable import HomeChat

@Suite struct PreconditionsTests {
    private func verdict(_ name: HTTPField.Name, _ value: String) -> Preconditions.Verdict {
        Preconditions([name: value]).verdict(on: "\"abc\"")
    }

    @Test(arguments: ["\"abc\"", "W/\"abc\"", "*", "\"x\", \"abc\"", "\"x\",W/\"abc\" , \"y\""])
    func `who has it already is told so`(tags: String) {
        #expect(verdict(.ifNoneMatch, tags) == .notModified)
        #expect(verdict(.ifMatch, tags) == .met)
    }

    @Test(arguments: ["\"abcd\"", "abc", "\"ab\", \"c\"", "\"ABC\"", "", "W/abc", "\"abc"])
    func `who has something else gets it`(tags: String) {
        #expect(verdict(.ifNoneMatch, tags) == .met)
        #expect(verdict(.ifMatch, tags) == .failed)
    }

    @Test func `a part is only sent to whoever has the other parts`() {
        #expect(Preconditions([:]).takesPart(of: "\"abc\""))
        #expect(Preconditions([.ifRange: "\"abc\""]).takesPart(of: "\"abc\""))
        for other in ["\"abcd\"", "W/\"abc\"", "Thu, 26 Nov 2026 08:00:00 GMT", "*", ""] {
            #expect(!Preconditions([.ifRange: other]).takesPart(of: "\"abc\""), "\(other)")
        }
    }
}
