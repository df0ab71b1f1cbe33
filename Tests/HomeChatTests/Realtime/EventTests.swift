import Testing

@testable import HomeChat

@Suite struct EventTests {
    @Test func `every event arrives as it was said`() {
        let events: [Event] = [
            .messagePosted(.init(1), in: .init(2)), .messageChanged(.init(1), in: .init(2)),
            .messageDeleted(.init(1), in: .init(2)),
            .readMoved(.init(2), of: .init(3)), .channelChanged(.init(2)), .channelDeleted(.init(2)),
            .joined(.init(2), .init(3)),
            .left(.init(2), .init(3)), .typing(.init(3), in: .init(2), isTyping: true), .presence(.init(3)),
            .profileChanged(.init(3)), .sessionEnded(.init(4)), .tokenRevoked(.init(5)), .expelled(.init(3)),
            .siteChanged, .aiAsked, .doorsClosed, .deliveriesWait, .readOnly(true), .readOnly(false),
        ]
        for event in events { #expect(Event(notice: event.notice) == event) }
    }

    @Test(arguments: ["", "posted", "posted 1", "posted x y", "posted 1 2 3", "unheard 1"])
    func `what a newer node says is passed over`(notice: String) {
        #expect(Event(notice: notice) == nil)
    }
}
