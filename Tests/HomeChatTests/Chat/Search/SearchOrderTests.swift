import Storage
import Testing

@testable import HomeChat

@Suite struct SearchOrderTests {
    @Test func `whole words come before beginnings, and those before middles`() async throws {
        try await withHouse { house in
            try await house.post("oven", "proven recipes", "ovens are hot", "the oven, at last", "woven")
            #expect(
                try await house.found("oven", .relevance, as: house.ben) == [
                    "oven", "the oven, at last", "ovens are hot", "woven", "proven recipes",
                ])
            #expect(
                try await house.found("oven", as: house.ben) == [
                    "woven", "the oven, at last", "ovens are hot", "proven recipes", "oven",
                ])
        }
    }

    @Test func `words that stand together come first`() async throws {
        try await withHouse { house in
            let far = "tea " + String(repeating: "and so on ", count: 30) + "cake"
            try await house.post("we had tea with cake", "tea cake", "cake, later some more of it and then tea", far)
            #expect(
                try await house.found("tea cake", .relevance, as: house.ben) == [
                    "tea cake", "we had tea with cake", "cake, later some more of it and then tea", far,
                ])
        }
    }

    @Test(arguments: [SearchRequest.Sort.newest, .relevance])
    func `pages follow each other without a gap or a repeat`(sort: SearchRequest.Sort) async throws {
        try await withHouse { house in
            for number in 0..<23 {
                try await house.post(number % 3 == 0 ? "kitchen \(number)" : "the kitchens \(number)")
            }
            let all = try await house.found("kitchen", sort, as: house.ben)
            #expect(all.count == 23)
            var pages: [String] = []
            var cursor: SearchCursor?
            repeat {
                let page = try await house.search("kitchen", sort, limit: 5, from: cursor, as: house.ben)
                pages += page.messages.map(\.message.content)
                // What is said meanwhile shifts nothing.
                try await house.post("kitchen news")
                cursor = page.next
            } while cursor != nil
            #expect(pages == all)
        }
    }

    @Test func `a message that goes while somebody turns pages leaves no gap`() async throws {
        try await withHouse { house in
            for number in 0..<9 { try await house.post("kitchen \(number)") }
            for sort in [SearchRequest.Sort.newest, .relevance] {
                let first = try await house.search("kitchen", sort, limit: 3, as: house.ben)
                let gone = try #require(first.messages.last).message
                try await house.server.messages.delete(gone.id, as: house.ana)
                let second = try await house.search("kitchen", sort, limit: 3, from: first.next, as: house.ben)
                let left = try await house.search("kitchen", sort, as: house.ben).messages.map(\.message.id)
                #expect((first.messages.dropLast() + second.messages).map(\.message.id) == Array(left.prefix(5)))
            }
        }
    }

    @Test(arguments: [SearchRequest.Sort.newest, .relevance])
    func `what is looked at in vain has a bound, and goes on from there`(sort: SearchRequest.Sort) async throws {
        try await withHouse { house in
            let count = SearchLookup.budget + 300
            // Four behind the bound, and seven among the newest, with a few before the first that does not fit.
            let fitting = [5, 6, 7, 8] + (count - 20..<count - 13)
            try await house.write(count) { "CASE WHEN n IN (\(list: fitting)) THEN 'tea ' || n ELSE 'tea tea' END" }
            var pages: [[String]] = []
            var cursor: SearchCursor?
            repeat {
                let page = try await house.search("tea -\"tea tea\"", sort, limit: 5, from: cursor, as: house.ben)
                pages.append(page.messages.map(\.message.content))
                cursor = page.next
            } while cursor != nil
            #expect(pages.flatMap { $0 } == fitting.reversed().map { "tea \($0)" }, "\(sort): \(pages)")
        }
    }

    @Test func `what was said by others is found at once behind ten thousand of one`() async throws {
        try await withHouse { house in
            try await house.post("zulu of ana")
            try await house.write(SearchLookup.budget + 300, as: house.ben) { "'zulu'" }
            for query in ["zulu -from:ben", "-from:ben", "in:#home zulu -from:ben"] {
                for sort in [SearchRequest.Sort.relevance, .newest] {
                    let found = try await house.search(query, sort, limit: 5, as: house.ana)
                    #expect(found.messages.map(\.message.content) == ["zulu of ana"] && found.next == nil, "\(query)")
                }
            }
        }
    }
}

extension House {
    /// Straight into the table: posting so many takes a minute.
    /// - Parameter content: of the message with the number `n`, which counts from 1.
    fileprivate func write(_ count: Int, as author: Principal? = nil, content: () -> SQL) async throws {
        let (author, content) = (author ?? ana, content())
        try await server.database.write { [home, clock] tx in
            try tx.execute(
                """
                INSERT INTO messages (channel_id, author_id, content, search_text, message_type, created_at, updated_at)
                WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(count))
                SELECT \(home), \(author.user), \(content), '', 'chat', \(clock.now), \(clock.now)
                FROM numbers
                """)
        }
        try await server.searchBacklog.work()
    }
}
