import Testing

@testable import Storage

@Suite struct NoticeTests {
    @Test(arguments: TestedEngine.available)
    func `notices come in the order of the commits, none of a failed write`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            try await database.listenForNotices()
            _ = try await database.batch(
                (0..<30).map { number in
                    { tx in
                        tx.announce("a\(number)")
                        tx.announce("b\(number)")
                        if number % 3 == 1 { throw ProductError(text: "no") }
                    }
                })
            try await database.announce("end")
            let expected = (0..<30).filter { $0 % 3 != 1 }.flatMap { ["a\($0)", "b\($0)"] } + ["end"]
            #expect(await database.heard(expected.count) == expected)
        }
    }

    @Test(arguments: TestedEngine.available)
    func `many and long notices arrive whole`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            try await database.listenForNotices()
            let notices = (0..<2_000).map { "\($0) " + String(repeating: "é", count: $0 % 200) }
            let longest = String(repeating: "x", count: Notice.maximumBytes)
            try await database.write { tx in
                for notice in notices { tx.announce(notice) }
                tx.announce(longest)
            }
            #expect(await database.heard(notices.count + 1) == notices + [longest])
        }
    }

    @Test(arguments: TestedEngine.available)
    func `a notice that is no line fails its write`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            for notice in ["", "two\nlines", String(repeating: "x", count: Notice.maximumBytes + 1)] {
                await #expect(throws: StorageError.self) { try await database.add("a", announcing: notice) }
                await #expect(throws: StorageError.self) { try await database.announce(notice) }
            }
            let names = try await database.names()
            #expect(names.isEmpty)
        }
    }

    @Test(arguments: TestedEngine.available)
    func `the next consumer goes on where the last one stopped`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            try await database.listenForNotices()
            let consumer = Task { for await _ in database.notices {} }
            await Task.yield()
            consumer.cancel()
            await consumer.value
            try await database.announce("a")
            #expect(await database.heard(1) == ["a"])
        }
    }

    @Test(arguments: TestedEngine.available)
    func `closing ends the stream`(_ engine: TestedEngine) async throws {
        try await withDatabase(engine) { database in
            try await database.listenForNotices()
            let consumer = Task { for await _ in database.notices {} }
            try await database.close()
            await consumer.value
        }
    }

    @Test func `a consumer that is far behind is told of a gap`() async throws {
        let inbox = NoticeInbox()
        inbox.said((0..<NoticeInbox.limit).map(String.init))
        inbox.said(["one too many"])
        inbox.said(["after"])
        var iterator = inbox.stream.makeAsyncIterator()
        #expect(await iterator.next() == .gap)
        #expect(await iterator.next() == .said(["after"]))
    }

    @Test func `what waits is handed out together, within bounds`() async throws {
        let inbox = NoticeInbox()
        for number in 0..<NoticeInbox.batch { inbox.said(["\(number)"]) }
        inbox.said(["next"])
        var iterator = inbox.stream.makeAsyncIterator()
        #expect(await iterator.next() == .said((0..<NoticeInbox.batch).map(String.init)))
        #expect(await iterator.next() == .said(["next"]))
    }
}
