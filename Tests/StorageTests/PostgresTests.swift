import Storage
import Testing

@Suite(.enabled(if: TestedEngine.serverURL != nil))
struct PostgresTests {
    @Test func `when the listener is cut off there is a gap, and later notices arrive`() async throws {
        try await withDatabase(.postgres) { database in
            try await database.listenForNotices()
            try await database.announce("before")
            #expect(await database.heard(1) == ["before"])
            try await database.kill("query LIKE 'LISTEN%'")
            #expect(await database.heard(1) == [nil])
            try await database.announce("after")
            #expect(await database.heard(1) == ["after"])
        }
    }

    @Test func `two nodes hear everything in the same order`() async throws {
        try await withPlace(.postgres) { place in
            let nodes = try await [place.open(), place.open()]
            try await nodes[0].migrate([.things])
            for node in nodes { try await node.listenForNotices() }
            let ids = try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        try await nodes[number % 2].write { tx in
                            let id: Int64 = try tx.fetchRequired(
                                "INSERT INTO things (name) VALUES (\("\(number)")) RETURNING id")
                            tx.announce("\(id)")
                            return id
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let inOrder = ids.sorted().map { String($0) }
            #expect(await nodes[0].heard(200) == inOrder)
            #expect(await nodes[1].heard(200) == inOrder)
        }
    }

    @Test func `connections that were killed are replaced`() async throws {
        try await withDatabase(.postgres) { database in
            try await database.add("a")
            try await database.kill("TRUE")
            try await database.add("b")
            try await database.kill("TRUE")
            #expect(try await database.names() == ["a", "b"])
        }
    }

    @Test func `a connection that is lost in the middle of a write makes it unavailable`() async throws {
        try await withDatabase(.postgres) { database in
            let lost = { @Sendable (tx: borrowing Transaction) throws in
                try tx.execute("INSERT INTO things (name) VALUES ('lost')")
                try tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            }
            let alone = await #expect(throws: StorageError.self) { try await database.write(lost) }
            guard case .unavailable = alone else { Issue.record("\(String(describing: alone))"); return }
            let outcomes = try await database.batch([
                { try $0.execute("SELECT 1") },
                lost,
                { try $0.execute("SELECT 2") },
            ])
            for outcome in outcomes {
                guard case .failure(StorageError.unavailable) = outcome else { Issue.record("\(outcome)"); continue }
            }
            try await database.add("a")
            #expect(try await database.names() == ["a"])
        }
    }

    @Test func `who catches an error and carries on is not told that it was stored`() async throws {
        try await withDatabase(.postgres) { database in
            let careless = { @Sendable (tx: borrowing Transaction) throws in
                try tx.execute("INSERT INTO things (name) VALUES ('a')")
                _ = try? tx.execute("SELECT 1/0")
            }
            await #expect(throws: StorageError.self) { try await database.write(careless) }
            let outcomes = try await database.batch([
                careless,
                { try $0.execute("INSERT INTO things (name) VALUES ('b')") },
            ])
            guard case .failure = outcomes[0], case .success = outcomes[1] else { Issue.record("\(outcomes)"); return }
            #expect(try await database.names() == ["b"])
        }
    }

    @Test func `a column that another node adds disturbs no prepared statement for long`() async throws {
        try await withPlace(.postgres) { place in
            let nodes = try await [place.open(), place.open()]
            try await nodes[0].migrate([.things])
            try await nodes[0].add("a")
            let look = { @Sendable (tx: borrowing Transaction) throws -> [Row] in
                try tx.fetchAll("SELECT * FROM things")
            }
            for _ in 0..<4 { _ = try await nodes[0].read(look) }
            try await nodes[1].migrate([.things, MigrationTests.second])
            for _ in 0..<4 { _ = try? await nodes[0].read(look) }
            #expect(try await nodes[0].read(look).count == 1)
        }
    }

    @Test func `neither a malformed URL nor a wrong password is repeated in the error`() async throws {
        for url in ["postgres://user:secret@host:port/x", "postgres://user:secret@127.0.0.1:1/x", "postgres://[secret"]
        {
            let error = await #expect(throws: StorageError.self) {
                _ = try await PostgresDatabase(url: url, logger: logger)
            }
            #expect(!String(describing: error).contains("secret"))
        }
    }
}

extension Database {
    /// Ends sessions of this database as its administrator might; not the one that asks.
    fileprivate func kill(_ which: SQL) async throws {
        try await read { tx in
            _ =
                try tx.fetchAll(
                    """
                    SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid() AND \(which)
                    """) as [Bool]
        }
    }
}
