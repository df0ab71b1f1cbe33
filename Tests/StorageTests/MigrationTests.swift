import Storage
import Testing

@Suite struct MigrationTests {
    static let second = Migration("second", "ALTER TABLE things ADD COLUMN size \(type: .integer)")
    static let broken = Migration(
        "broken", "CREATE TABLE half (id \(type: .id))", "CREATE TABLE things (id \(type: .id))")

    @Test(arguments: TestedEngine.available)
    func `only what is pending is applied`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            try await database.migrate([.things])
            try await database.migrate([.things, Self.second])
            try await database.write { try $0.execute("INSERT INTO things (name, size) VALUES ('a', 1)") }
            try await database.migrate([.things, Self.second])
            let rows: [Row] = try await database.read {
                try $0.fetchAll("SELECT name, position, applied_at FROM schema_migrations ORDER BY position")
            }
            #expect(try rows.map { try $0["name"] } == ["things", "second"])
            #expect(try rows.map { try $0["position"] } == [0, 1])
            #expect(try rows.allSatisfy { try $0["applied_at"] > Int64(1_700_000_000_000) })
        }
    }

    @Test(arguments: TestedEngine.available)
    func `a database of a newer binary is refused`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            try await database.migrate([.things, Self.second])
            await #expect(throws: StorageError.newerDatabase(found: "second")) { try await database.migrate([.things]) }
        }
    }

    @Test(arguments: TestedEngine.available)
    func `a list that was not only appended to is refused`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            await #expect(throws: StorageError.self) { try await database.migrate([Self.second, .things]) }
        }
    }

    @Test(arguments: TestedEngine.available)
    func `it is all of them or none`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            await #expect(throws: StorageError.self) {
                try await database.migrate([.things, Self.second, Self.broken])
            }
            let names: [String] = try await database.read { try $0.fetchAll("SELECT name FROM schema_migrations") }
            #expect(names == ["things"])
            await #expect(throws: StorageError.self) {
                try await database.read { try $0.execute("SELECT * FROM half") }
            }
            try await database.add("still works")
        }
    }

    @Test(arguments: TestedEngine.available)
    func `two that start at once do it once`(_ engine: TestedEngine) async throws {
        try await withPlace(engine) { place in
            let databases = try await [place.open(), place.open()]
            try await withThrowingTaskGroup { group in
                for database in databases { group.addTask { try await database.migrate([.things, Self.second]) } }
                try await group.waitForAll()
            }
            let count: Int = try await databases[0].read {
                try $0.fetchRequired("SELECT COUNT(*) FROM schema_migrations")
            }
            #expect(count == 2)
        }
    }

    /// The way in which SQLite wants a table changed.
    @Test(arguments: TestedEngine.available)
    func `a table that others refer to can be made anew`(_ engine: TestedEngine) async throws {
        let anew = Migration(
            "things anew",
            "CREATE TABLE things_anew (id \(type: .id), name \(type: .key) NOT NULL) \(type: .strict)",
            "INSERT INTO things_anew (id, name) SELECT id, name FROM things",
            "DROP TABLE things \(sqlite: "", postgres: "CASCADE")",
            "ALTER TABLE things_anew RENAME TO things")
        try await withDatabase(engine) { database in
            let thing = try await database.add("a")
            try await database.write { try $0.execute("INSERT INTO parts (thing_id) VALUES (\(thing))") }
            try await database.migrate([.things, anew])
            #expect(try await database.read { try $0.fetchRequired("SELECT COUNT(*) FROM parts") } == 1)
            if engine == .sqlite {
                await #expect(throws: StorageError.constraint("FOREIGN KEY constraint failed")) {
                    try await database.write { try $0.execute("INSERT INTO parts (thing_id) VALUES (77)") }
                }
            }
        }
    }
}
