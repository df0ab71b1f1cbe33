import Storage
import Testing

@testable import HomeChat

@Suite struct SearchBacklogTests {
    /// As an older version, or somebody with the database in hand, would write them.
    private func insert(_ texts: [String], in house: House) async throws {
        try await house.server.database.write { tx in
            for text in texts {
                try tx.execute(
                    """
                    INSERT INTO messages (channel_id, author_id, content, search_text, message_type, created_at, updated_at)
                    VALUES (\(house.home), \(house.ana.user), \(text), \(text), 'chat', \(house.clock.now), \(house.clock.now))
                    """)
            }
        }
    }

    @Test func `what was there before is found in time, the newest first`() async throws {
        try await withHouse { house in
            try await insert((0..<450).map { "Naïve number \($0)" }, in: house)
            try await house.post("naïve of now")
            #expect(try await house.found("naive", as: house.ben) == ["naïve of now"])
            #expect(try await house.server.searchBacklog.count() == 450)
            #expect(try await house.server.searchBacklog.takeSlice() == SearchBacklog.slice)
            #expect(try await house.found("naive", limit: 2, as: house.ben) == ["naïve of now", "Naïve number 449"])
            #expect(try await house.found("\"number 0\"", as: house.ben).isEmpty)
            var told: [Int] = []
            try await house.server.searchBacklog.work { told.append($0) }
            #expect(told == [200, 250])
            #expect(try await house.found("\"number 0\"", as: house.ben) == ["Naïve number 0"])
            #expect(try await house.server.searchBacklog.count() == 0)
        }
    }

    @Test func `made anew it is what it was`() async throws {
        try await withHouse { house in
            try await house.post("one https://example.org", "二つ目のメッセージ", "gone soon", "AB-12/7")
            let gone = try #require(try await house.search("gone", as: house.ana).messages.first).message.id
            try await house.server.messages.delete(gone, as: house.ana)
            let edited = try #require(try await house.search("one", as: house.ana).messages.first).message.id
            _ = try await house.server.messages.edit(edited, to: "uno https://example.org", as: house.ana)
            let before = try await house.index()
            let rows = try await house.rows()
            try await house.server.searchBacklog.rebuild()
            #expect(try await house.index() == before)
            #expect(try await house.rows() == rows)
            #expect(
                try await house.found("-nothing", as: house.ben) == ["AB-12/7", "二つ目のメッセージ", "uno https://example.org"])
            #expect(try await house.found("one", as: house.ben).isEmpty)
        }
    }

    @Test func `edits and deletions while it is made win`() async throws {
        try await withHouse { house in
            try await house.post("alpha", "beta", "gamma", "delta")
            let ids = try await house.search("-nothing", as: house.ana).messages.map(\.message.id)
            try await house.server.database.write { tx in try SearchIndex.beginAnew(tx) }
            #expect(try await house.found("-nothing", as: house.ana).isEmpty)
            _ = try await house.server.messages.edit(ids[3], to: "omega", as: house.ana)
            try await house.server.messages.delete(ids[2], as: house.ana)
            try await house.post("epsilon")
            try await house.server.searchBacklog.work()
            #expect(try await house.found("-nothing", as: house.ana) == ["epsilon", "delta", "gamma", "omega"])
            for query in ["alpha", "beta"] { #expect(try await house.found(query, as: house.ana).isEmpty) }
            #expect(try await house.found("omega", as: house.ana) == ["omega"])
        }
    }

    @Test func `many at once leave it right`() async throws {
        try await withHouse { house in
            try await insert((0..<600).map { "old \($0)" }, in: house)
            let ids: [Int64] = try await house.server.database.read { tx in
                try tx.fetchAll("SELECT id FROM messages WHERE message_type = 'chat' ORDER BY id")
            }
            try await withThrowingDiscardingTaskGroup { group in
                for _ in 0..<3 { group.addTask { try await house.server.searchBacklog.work() } }
                for (number, id) in ids.enumerated() where number % 7 == 0 {
                    group.addTask {
                        if number % 2 == 0 {
                            _ = try await house.server.messages.edit(.init(id), to: "new \(number)", as: house.ana)
                        } else {
                            try await house.server.messages.delete(.init(id), as: house.ana)
                        }
                    }
                }
            }
            try await house.server.searchBacklog.work()
            let changed = (0..<600).filter { $0 % 7 == 0 }
            #expect(try await house.all("new").count == changed.filter { $0 % 2 == 0 }.count)
            #expect(try await house.all("old").count == 600 - changed.count)
            #expect(try await house.index().allSatisfy { $0.contains(" true ") || $0.hasSuffix(" false ") })
        }
    }

    @Test func `two processes can make it at once`() async throws {
        try await withHouse { house in
            try await insert((0..<500).map { "old \($0)" }, in: house)
            try await withThrowingDiscardingTaskGroup { group in
                for _ in 0..<2 { group.addTask { try await house.server.searchBacklog.rebuild() } }
            }
            try await house.server.searchBacklog.work()
            #expect(try await house.all("old").count == 500)
        }
    }

    @Test func `the doctor sees what is missing`() async throws {
        try await withHouse { house in
            try await house.post("one", "two")
            let check = SearchCheck(database: house.server.database)
            #expect(try await check.check().status == .pass)
            try await insert(["three"], in: house)
            #expect(try await check.check().status == .warn)
            try await house.server.database.write { tx in
                try tx.execute(
                    """
                    \(sqlite: "INSERT INTO messages_fts (messages_fts) VALUES ('delete-all')", postgres: "DELETE FROM messages_fts")
                    """)
            }
            let damaged = try await check.check()
            #expect(damaged.status == .fail && damaged.fix == "homechat search rebuild")
            try await house.server.searchBacklog.rebuild()
            #expect(try await check.check().status == .pass)
        }
    }

    @Test func `queries are answered by the index`() async throws {
        try await withHouse { house in
            try await house.post("one")
            let isSQLite = house.server.database.engine == .sqlite
            let newest = SearchIndex.newest(
                [["wone"]], in: [house.home], 1...100, limit: 5, on: house.server.database.engine)
            let plan: [Row] = try await house.server.database.read { tx in
                if !isSQLite { try SearchIndex.preferIndexInPostgres(tx) }
                return try tx.fetchAll("\(sqlite: "EXPLAIN QUERY PLAN ", postgres: "EXPLAIN ")\(newest)")
            }
            let lines = try plan.map { row -> String in try isSQLite ? row["detail"] : row["QUERY PLAN"] }
            #expect(lines.contains { $0.contains(isSQLite ? "VIRTUAL TABLE INDEX" : "messages_fts_terms") }, "\(lines)")
            #expect(!lines.contains { $0.contains("TEMP B-TREE") }, "\(lines)")
        }
    }
}

extension House {
    fileprivate func rows() async throws -> [String] {
        try await server.database.read { tx in
            let rows: [IndexRow] = try tx.fetchAll(
                "SELECT id, channel_id, author_id, created_at, search_text, search_facts FROM messages ORDER BY id")
            return rows.map { "\($0.place) \($0.entry.text) \($0.entry.facts)" }
        }
    }

    fileprivate func all(_ query: String) async throws -> [String] {
        var found: [String] = []
        var cursor: SearchCursor?
        repeat {
            let page = try await search(query, from: cursor, as: ana)
            found += page.messages.map(\.message.content)
            cursor = page.next
        } while cursor != nil
        return found
    }
}
