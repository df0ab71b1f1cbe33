import Storage
import Testing

@Suite struct ValueTests {
    @Test(arguments: TestedEngine.available)
    func `every type comes back as it was bound`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            let picture: [UInt8] = [0, 1, 0x5c, 0x27, 255]
            try await database.write { tx in
                try tx.execute(
                    """
                    INSERT INTO things (name, note, weight, is_kept, picture, made_at)
                    VALUES (\("naïve 🏠 ' \" \\ ?"), \(""), \(0.1), \(false), \(picture), \(Int64.max))
                    """)
            }
            let row: Row = try await database.read { try $0.fetchRequired("SELECT * FROM things WHERE NOT is_kept") }
            #expect(try row["id"] == 1)
            #expect(try row["name"] == "naïve 🏠 ' \" \\ ?")
            #expect(try row["note"] == "")
            #expect(try row["weight"] == 0.1)
            #expect(try row["is_kept"] == false)
            #expect(try row["picture"] == picture)
            #expect(try row["made_at"] == Int64.max)
        }
    }

    @Test(arguments: TestedEngine.available)
    func `NULL and empty are different things`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            let nothing: String? = nil
            let empty: [UInt8] = []
            try await database.write { tx in
                try tx.execute("INSERT INTO things (name, note, picture) VALUES ('a', \(nothing), \(empty))")
            }
            let row: Row = try await database.read { try $0.fetchRequired("SELECT note, weight, picture FROM things") }
            #expect(try row["note"] == String?.none)
            #expect(try row["weight"] == Double?.none)
            #expect(try row["picture"] == Optional(empty))
            #expect(throws: StorageError.wrongType(column: "note")) { try row["note"] as String }
        }
    }

    @Test(arguments: TestedEngine.available)
    func `a column that is missing or of another type is named`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            try await database.add("a")
            let row: Row = try await database.read { try $0.fetchRequired("SELECT name FROM things") }
            #expect(throws: StorageError.missingColumn("nme")) { try row["nme"] as String }
            #expect(throws: StorageError.wrongType(column: "name")) { try row["name"] as Int }
            await #expect(throws: StorageError.noRow) {
                try await database.read { try $0.fetchRequired("SELECT name FROM things WHERE FALSE") as String }
            }
        }
    }

    @Test(arguments: TestedEngine.available)
    func `what engines compute has the same types on both`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            for name in ["a", "b", "c"] { try await database.add(name) }
            try await database.read { tx in
                let count: Int = try tx.fetchRequired("SELECT COUNT(*) FROM things")
                #expect(count == 3)
                let sum: Int64 = try tx.fetchRequired("SELECT SUM(id) FROM things")
                #expect(sum == 6)
                let average: Double = try tx.fetchRequired("SELECT AVG(id) FROM things")
                #expect(average == 2)
                let exists: Bool = try tx.fetchRequired("SELECT EXISTS (SELECT 1 FROM things)")
                #expect(exists)
                let maximum: Int64? = try tx.fetchRequired("SELECT MAX(id) FROM things WHERE FALSE")
                #expect(maximum == nil)
                let large: Int64 = try tx.fetchRequired("SELECT \(Int64(5_000_000_000)) + 1")
                #expect(large == 5_000_000_001)
                let none: String? = try tx.fetchOne("SELECT name FROM things WHERE FALSE")
                #expect(none == nil)
            }
        }
    }

    @Test(arguments: TestedEngine.available)
    func `an attempt at injection stays a value`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            let attempt = "x'); DROP TABLE things; --"
            try await database.add(attempt)
            #expect(try await database.names() == [attempt])
        }
    }

    @Test(arguments: TestedEngine.available)
    func `text with NUL is refused and not cut`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            await #expect(throws: StorageError.self) { try await database.add("a\0b") }
            let names = try await database.names()
            #expect(names.isEmpty)
        }
    }

    @Test(arguments: TestedEngine.available)
    func `fragments and lists keep their values in order`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            for number in 1...40 { try await database.add("\(number)") }
            let even: SQL = "AND id % \(2) = 0"
            let none: [Int64] = []
            let long = Array<Int64>(1...40)
            try await database.read { tx in
                let ids: [Int64] = try tx.fetchAll(
                    "SELECT id FROM things WHERE id IN (\(list: [1, 2, 3, 4])) \(even) AND name <> \("2") ORDER BY id")
                #expect(ids == [4])
                #expect(try tx.fetchAll("SELECT id FROM things WHERE id IN (\(list: none))") == none)
                #expect(try tx.fetchAll("SELECT id FROM things WHERE id IN (\(list: long)) ORDER BY id") == long)
                let either = SQL.joined(["id = \(7)", "id = \(9)"], separator: " OR ")
                #expect(try tx.fetchAll("SELECT id FROM things WHERE " + either + " ORDER BY id") == [Int64(7), 9])
            }
        }
    }

    @Test(arguments: TestedEngine.available)
    func `execute tells how many rows changed`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            let changed = try await database.write { tx in
                try [
                    tx.execute("INSERT INTO things (name) VALUES ('a'), ('b'), ('c')"),
                    tx.execute("UPDATE things SET note = 'x' WHERE id > 1"),
                    tx.execute("UPDATE things SET note = 'x' WHERE id > 9"),
                    tx.execute("SELECT 1"),
                    tx.execute("CREATE TABLE others (id \(type: .id))"),
                    tx.execute("DELETE FROM things WHERE id = 1 RETURNING id"),
                ]
            }
            #expect(changed == [3, 2, 0, 0, 0, 1])
        }
    }

    @Test(arguments: TestedEngine.available)
    func `keys sort by their bytes`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            for name in ["b", "ä", "B", "a_", "a b"] { try await database.add(name) }
            #expect(try await database.names() == ["B", "a b", "a_", "b", "ä"])
        }
    }
}
