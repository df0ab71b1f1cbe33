import Testing

@testable import HomeChat

@Suite struct UnreadTests {
    @Test func `what others say is new until it is read, one's own words never are`() async throws {
        try await withHouse { house in
            _ = try await house.post("one", in: house.home, as: house.ana)
            let two = try await house.post("two", in: house.home, as: house.ana)
            _ = try await house.post("mine", in: house.home, as: house.ben)
            #expect(try await counts(house, house.ben) == [2, 0])
            try await house.server.reading.markRead(house.home, upTo: two.message.id, as: house.ben)
            #expect(try await counts(house, house.ben) == [0, 0])
            #expect(try await counts(house, house.eve) == [3, 0])
        }
    }

    @Test func `mentions count by name, by everybody, and only for those who are there by here`() async throws {
        try await withHouse { house in
            try await house.server.presence.heartbeat(as: house.ben)
            for text in ["@ben look", "@channel dinner", "@here now", "`@ben`"] {
                _ = try await house.post(text, in: house.home, as: house.ana)
            }
            #expect(try await counts(house, house.ben) == [4, 3])
            #expect(try await counts(house, house.eve) == [4, 1])
        }
    }

    @Test func `every word of a direct message is for the reader`() async throws {
        try await withHouse { house in
            let talk = try await house.server.directMessages.open(with: [house.ben.user], as: house.ana).channel.id
            _ = try await house.post("psst", in: talk, as: house.ana)
            let summary = try await house.summary(of: talk, for: house.ben)
            #expect(summary.unreadCount == 1 && summary.mentionCount == 1 && summary.title == "Ana")
        }
    }

    @Test func `marking unread makes a message and all after it new again`() async throws {
        try await withHouse { house in
            _ = try await house.post("one", in: house.home, as: house.ana)
            let two = try await house.post("two", in: house.home, as: house.ana)
            _ = try await house.post("three", in: house.home, as: house.ana)
            try await house.server.reading.markRead(house.home, as: house.ben)
            try await house.server.reading.markUnread(house.home, from: two.message.id, as: house.ben)
            #expect(try await counts(house, house.ben) == [2, 0])
        }
    }

    @Test func `whatever happens, the count is what was said after the read position by others`() async throws {
        try await withHouse { house in
            var random = SeededGenerator(seed: 7)
            var said: [(id: Message.ID, author: User.ID)] = []
            var position: Int64 = 0
            for _ in 0..<60 {
                switch Int.random(in: 0..<5, using: &random) {
                case 0, 1, 2:
                    let who = [house.ana, house.ben, house.eve].randomElement(using: &random) ?? house.ana
                    said.append((try await house.post("x", in: house.home, as: who).message.id, who.user))
                case 3:
                    guard let read = said.randomElement(using: &random) else { continue }
                    try await house.server.reading.markRead(house.home, upTo: read.id, as: house.ben)
                    position = max(position, read.id.value)
                default:
                    guard let index = said.indices.randomElement(using: &random) else { continue }
                    try await house.server.messages.delete(said.remove(at: index).id, as: house.ana)
                }
                let expected = said.count { $0.id.value > position && $0.author != house.ben.user }
                #expect(try await counts(house, house.ben) == [Int64(expected), 0])
            }
        }
    }

    @Test func `notices of who came and went are no news`() async throws {
        try await withHouse { house in
            let garden = try await house.server.channels.create(try ChannelDraft(name: "garden"), as: house.ana)
            try await house.server.channels.join(garden.id, as: house.ben)
            #expect(try await house.summary(of: garden.id, for: house.ana).unreadCount == 0)
        }
    }

    private func counts(_ house: House, _ principal: Principal) async throws -> [Int64] {
        let summary = try await house.summary(of: house.home, for: principal)
        return [summary.unreadCount, summary.mentionCount]
    }
}

/// The same numbers at each run (xorshift).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
