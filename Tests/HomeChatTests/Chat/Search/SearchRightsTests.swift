import Storage
import Testing

@testable import HomeChat

@Suite struct SearchRightsTests {
    @Test func `who may not read finds nothing, and is told nothing`() async throws {
        try await withHouse { house in
            for number in 0..<30 { _ = try await house.post("xyzzy \(number)", in: house.family, as: house.ben) }
            #expect(try await house.found("xyzzy", as: house.ana).count == 30)
            for query in [
                "xyzzy", "\"xyzzy\"", "from:ben", "in:#family", "in:family xyzzy", "-hello", "xyz", "xy",
                "before:2100 xyzzy",
            ] {
                for sort in [SearchRequest.Sort.newest, .relevance] {
                    let answer = try await house.search(query, sort, limit: 5, as: house.eve)
                    #expect(answer.hits.isEmpty && answer.next == nil, "\(query)")
                }
            }
            // One that she made up leads nowhere either.
            for cursor in [SearchCursor.before(.init(.max)), .after(score: 500, .init(.max), newest: .init(.max))] {
                let answer = try await house.search("xyzzy", cursor.sort, from: cursor, as: house.eve)
                #expect(answer.hits.isEmpty && answer.next == nil)
            }
        }
    }

    @Test func `a hidden channel and one that is not there are one answer`() async throws {
        try await withHouse { house in
            _ = try await house.post("hello everybody", in: house.home, as: house.ana)
            for query in ["hello in:#family", "hello in:#nowhere", "hello -in:#family", "hello -in:#nowhere"] {
                let count = try await house.found(query, as: house.eve).count
                #expect(count == (query.contains("-in") ? 1 : 0), "\(query)")
            }
        }
    }

    @Test func `whoever is removed finds nothing at once, whoever is let in all of it`() async throws {
        try await withHouse { house in
            _ = try await house.post("the plan", in: house.family, as: house.ana)
            #expect(try await house.found("plan", as: house.ben).count == 1)
            #expect(try await house.found("plan", as: house.cleo).isEmpty)
            try await house.server.channels.remove(house.ben.user, from: house.family, as: house.ana)
            try await house.server.channels.invite("cleo", to: house.family, as: house.ana)
            #expect(try await house.found("plan", as: house.ben).isEmpty)
            #expect(try await house.found("plan", as: house.cleo).count == 1)
        }
    }

    @Test func `a token finds within its channels and scopes`() async throws {
        try await withHouse { house in
            _ = try await house.post("plan at home", in: house.home, as: house.ana)
            _ = try await house.post("plan of the family", in: house.family, as: house.ana)
            var token = house.ana.with(scopes: .messagesRead)
            #expect(try await house.found("plan", as: token).count == 2)
            token.channels = [house.home]
            #expect(try await house.found("plan", as: token) == ["plan at home"])
            #expect(try await house.found("plan in:#family", as: token).isEmpty)
            token.channels = []
            #expect(try await house.found("plan", as: token).isEmpty)
            let blind = house.ana.with(scopes: .channelsRead)
            await expect(.forbidden("this token lacks the scope messages:read")) {
                try await house.found("plan", as: blind)
            }
            let everything = try await house.server.search.find("plan", as: blind)
            #expect(everything.hits.isEmpty)
        }
    }

    @Test func `a guest finds where somebody put them, an admin not in other people's conversations`() async throws {
        try await withHouse { house in
            _ = try await house.post("plan at home", in: house.home, as: house.ana)
            let talk = try await house.server.directMessages.open(with: [house.eve.user], as: house.ben).channel.id
            _ = try await house.post("plan between us", in: talk, as: house.ben)
            #expect(try await house.found("plan", as: house.ana) == ["plan at home"])
            #expect(try await house.found("in:@ben", as: house.eve) == ["plan between us"])
            #expect(try await house.found("in:@ben", as: house.cleo).isEmpty)
            let guest = Principal(
                user: house.cleo.user, username: "cleo", role: .guest, credential: house.cleo.credential, scopes: nil)
            try await house.server.database.write { tx in
                try tx.execute("DELETE FROM memberships WHERE user_id = \(house.cleo.user)")
            }
            #expect(try await house.found("plan", as: guest).isEmpty, "a public channel is not there for them")
            #expect(try await house.found("plan", as: house.cleo) == ["plan at home"])
        }
    }

    @Test func `a channel that is gone leaves nothing to find`() async throws {
        try await withHouse { house in
            _ = try await house.post("the plan", in: house.family, as: house.ana)
            try await house.server.channels.delete(house.family, as: house.ana)
            for query in ["plan", "\"plan\"", "-nothing plan", "has:link", "from:ana"] {
                #expect(try await house.found(query, as: house.ana).isEmpty, "\(query)")
            }
            while try await house.server.database.read({ tx in try Channel.areRemains(tx) }) {
                try await house.server.database.write { tx in try Channel.removeRemains(atMost: 100, tx) }
            }
            let left: [Int64] = try await house.server.database.read { tx in
                try tx.fetchAll(
                    SearchIndex.newest(
                        [[SearchTerms.any]], in: [house.family], 1...Int64.max, limit: 1, on: tx.engine))
            }
            #expect(left.isEmpty, "in the index neither")
        }
    }

    @Test func `hundreds of channels are asked at once`() async throws {
        try await withHouse { house in
            try await house.server.database.write { tx in
                for number in 0..<1200 {
                    let name = "many-\(number)"
                    try tx.execute(
                        """
                        INSERT INTO channels (type, name, name_key, created_at) VALUES ('public', \(name), \(name), \(house.clock.now))
                        """)
                }
            }
            let channels = try await house.server.channels.list(as: house.ben).map(\.channel).filter {
                $0.name.hasPrefix("many")
            }
            for channel in [channels[0], channels[700], channels[1199]] {
                for number in 0..<4 {
                    _ = try await house.post("kitchen \(number) in \(channel.name)", in: channel.id, as: house.ana)
                }
            }
            for sort in [SearchRequest.Sort.newest, .relevance] {
                #expect(try await house.found("kitchen", sort, as: house.ben).count == 12)
                #expect(try await house.found("itch kitchen -\"3\"", sort, as: house.ben).count == 9)
            }
            let first = try await house.search("kitchen", limit: 5, as: house.ben)
            let second = try await house.search("kitchen", limit: 7, from: first.next, as: house.ben)
            let ids = (first.messages + second.messages).map(\.message.id)
            #expect(ids == ids.sorted(by: >) && Set(ids).count == 12 && second.next == nil)
        }
    }
}
