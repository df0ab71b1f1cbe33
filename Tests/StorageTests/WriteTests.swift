import Dispatch
import Testing

@testable import Storage

struct ProductError: Error, Equatable {
    let text: String
}

@Suite struct WriteTests {
    @Test(arguments: TestedEngine.available)
    func `what fails is rolled back and its error comes through unchanged`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            await #expect(throws: ProductError(text: "no")) {
                try await database.write { tx in
                    try tx.execute("INSERT INTO things (name) VALUES ('a')")
                    throw ProductError(text: "no")
                }
            }
            let names = try await database.names()
            #expect(names.isEmpty)
        }
    }

    @Test(arguments: TestedEngine.available)
    func `a constraint that does not hold is recognisable`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            try await database.add("a")
            let unique = await #expect(throws: StorageError.self) { try await database.add("a") }
            let name = engine == .sqlite ? "UNIQUE constraint failed: things.name" : "things_name_key"
            #expect(unique == .constraint(name))
            let reference = await #expect(throws: StorageError.self) {
                try await database.write { try $0.execute("INSERT INTO parts (thing_id) VALUES (77)") }
            }
            guard case .constraint = reference else { Issue.record("\(String(describing: reference))"); return }
        }
    }

    @Test(arguments: TestedEngine.available)
    func `a reader cannot write`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            let error = await #expect(throws: StorageError.self) {
                try await database.read { try $0.execute("INSERT INTO things (name) VALUES ('a')") }
            }
            guard case .failed = error else { Issue.record("\(String(describing: error))"); return }
            let names = try await database.names()
            #expect(names.isEmpty)
        }
    }

    @Test(arguments: TestedEngine.available)
    func `a reader sees one state however long it looks`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            let isWritten = DispatchSemaphore(value: 0)
            let hasLooked = DispatchSemaphore(value: 0)
            async let counts = database.read { tx in
                let before: Int = try tx.fetchRequired("SELECT COUNT(*) FROM things")
                hasLooked.signal()
                isWritten.wait()
                return try [before, tx.fetchRequired("SELECT COUNT(*) FROM things")]
            }
            try await wait(for: hasLooked)
            try await database.add("a")
            isWritten.signal()
            #expect(try await counts == [0, 0])
            #expect(try await database.names() == ["a"])
        }
    }

    @Test(arguments: TestedEngine.available)
    func `a failing write takes nobody of its batch with it`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            let outcomes = try await database.batch(
                (0..<20).map { number in
                    { tx in
                        try tx.execute("INSERT INTO things (name) VALUES (\(number == 13 ? "7" : "\(number)"))")
                        tx.announce("\(number)")
                        if number == 5 { throw ProductError(text: "five") }
                    }
                })
            for (number, outcome) in outcomes.enumerated() {
                switch (number, outcome) {
                case (5, .failure(let error)): #expect(error as? ProductError == ProductError(text: "five"))
                case (13, .failure(StorageError.constraint)): break
                case (5, _), (13, _), (_, .failure): Issue.record("\(number): \(outcome)")
                case (_, .success): break
                }
            }
            #expect(try await database.names().count == 18)
        }
    }

    @Test(arguments: TestedEngine.available)
    func `each caller is answered once when the commit fails`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            try await database.listenForNotices()
            let outcomes = try await database.batch(
                (0..<10).map { number in
                    { tx in
                        try tx.execute("INSERT INTO things (name) VALUES (\("\(number)"))")
                        tx.announce("\(number)")
                        let id: Int64 = try tx.fetchRequired("SELECT MAX(id) FROM things")
                        // The engine looks at this reference only when it commits, so it takes the whole batch with it.
                        if number == 3 {
                            try tx.execute("INSERT INTO parts (thing_id, later_thing_id) VALUES (\(id), 777)")
                        }
                    }
                })
            #expect(outcomes.count == 10)
            for outcome in outcomes {
                guard case .failure(StorageError.unavailable) = outcome else { Issue.record("\(outcome)"); continue }
            }
            let names = try await database.names()
            #expect(names.isEmpty)
            try await database.add("after", announcing: "after")
            #expect(await database.heard(1) == ["after"])
        }
    }

    @Test(arguments: TestedEngine.available)
    func `500 writes at once all land, once`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            let ids = try await withThrowingTaskGroup(of: Int64.self) { group in
                for number in 0..<500 { group.addTask { try await database.add("\(number)") } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(ids.count == 500)
            #expect(Set(try await database.names()) == Set((0..<500).map(String.init)))
        }
    }

    @Test(arguments: TestedEngine.available)
    func `a cancelled task still hears how its write ended`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            let tasks = (0..<50).map { number in Task { try await database.add("\(number)") } }
            for task in tasks { task.cancel() }
            for task in tasks { _ = try await task.value }
            #expect(try await database.names().count == 50)
        }
    }

    @Test(arguments: TestedEngine.available)
    func `too many waiting writes are refused, and those before them land`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            let gate = Gate()
            try await gate.hold(database)
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<(GroupCommit.queueLimit + 5) {
                    group.addTask { (try? await database.write { _ in }) != nil }
                }
                while database.writesWaiting < GroupCommit.queueLimit { await Task.yield() }
                group.addTask {
                    await #expect(throws: StorageError.unavailable("too many writes are waiting")) {
                        try await database.write { _ in }
                    }
                    gate.open()
                    return false
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect((GroupCommit.queueLimit...GroupCommit.queueLimit + 5).contains(outcomes))
        }
    }

    @Test(arguments: TestedEngine.available)
    func `closing answers those who wait and refuses the rest`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            let writes = (0..<100).map { number in Task { try await database.add("\(number)") } }
            try await database.add("last")
            try await database.close()
            for write in writes {
                guard case .failure(let error) = await write.result else { continue }
                #expect(error as? StorageError == .unavailable("the database is closed"))
            }
            await #expect(throws: StorageError.unavailable("the database is closed")) { try await database.add("late") }
            await #expect(throws: StorageError.unavailable("the database is closed")) { try await database.names() }
            try await database.close()
        }
    }
}

/// Keeps the writer busy until it is opened, so that what comes meanwhile makes one batch.
final class Gate: Sendable {
    private let isHeld = DispatchSemaphore(value: 0)
    private let mayGo = DispatchSemaphore(value: 0)

    func hold(_ database: any Database) async throws {
        Task { [isHeld, mayGo] in
            try await database.write { _ in
                isHeld.signal()
                mayGo.wait()
            }
        }
        try await wait(for: isHeld)
    }

    func open() {
        mayGo.signal()
    }
}

/// Waits without blocking a thread that others need.
func wait(for semaphore: DispatchSemaphore) async throws {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            semaphore.wait()
            continuation.resume()
        }
    }
}

extension Database {
    var writesWaiting: Int {
        switch self {
        case let database as SQLiteDatabase: database.writes.waiting
        case let database as PostgresDatabase: database.writes.waiting
        default: 0
        }
    }

    /// Runs the writes as one batch, in this order.
    func batch(
        _ writes: [@Sendable (borrowing Transaction) throws -> Void]
    ) async throws -> [Result<Void, any Error>] {
        let gate = Gate()
        try await gate.hold(self)
        var tasks: [Task<Void, any Error>] = []
        for (index, write) in writes.enumerated() {
            tasks.append(Task { try await self.write(write) })
            while writesWaiting <= index { await Task.yield() }
        }
        gate.open()
        var outcomes: [Result<Void, any Error>] = []
        for task in tasks { outcomes.append(await task.result) }
        return outcomes
    }
}
