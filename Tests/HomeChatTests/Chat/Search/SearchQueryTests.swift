import Foundation
import Testing

@testable import HomeChat

@Suite struct SearchQueryTests {
    private func pieces(_ text: String) -> [String] { SearchQuery(text).terms.map(\.words) }

    @Test func `words, phrases and what must not be there`() {
        let query = SearchQuery("Clean \"Fresh Towels\" -kitchen -\"old ones\"")
        #expect(query.terms.map(\.words) == ["clean", "fresh+towels"])
        #expect(query.terms.map(\.isPhrase) == [false, true])
        #expect(query.excluded.map(\.words) == ["kitchen", "old+ones"])
        #expect(query.words == ["Clean", "Fresh Towels"])
    }

    @Test func `filters in any case, with or without their signs`() {
        let query = SearchQuery(
            "from:Ana FROM:@ben -from:me in:#home in:@cleo in:family -in:#noise has:LINK has:image -has:file")
        #expect(query.authors == ["Ana", "ben"] && query.excludedAuthors == ["me"])
        #expect(query.places == [.channel("home"), .person("cleo"), .named("family")])
        #expect(query.excludedPlaces == [.channel("noise")])
        #expect(query.facts == [.link, .image] && query.excludedFacts == .file)
        #expect(query.terms.isEmpty && query.words.isEmpty && !query.isEmpty)
        #expect(SearchQuery("from:\"Ana Maria\" tea").authors == ["Ana Maria"])
    }

    @Test(arguments: ["2026", "2026-05", "2026-05-17", "today", "Yesterday"])
    func `times are days, months and years`(text: String) {
        #expect(SearchQuery("before:\(text)").times.map(\.side) == [.before])
        #expect(SearchQuery("after:\(text) on:\(text)").times.map(\.side) == [.after, .on])
    }

    @Test(arguments: [
        "12:30", "https://example.org/x", "before:soon", "before:2026-13", "on:2026-02-30", "after:26", "before:2026-",
        "has:fun",
        "from:", "in:#", "foo:bar", "before:20260101", "on:0000", "before:-5",
    ]) func `what is no filter is looked for as it is`(text: String) {
        let query = SearchQuery(text)
        #expect(query.filterCount == 0 && query.facts.isEmpty)
        #expect(pieces(text).joined(separator: " ") == text.trimmingCharacters(in: [":"]))
    }

    @Test func `nothing is a syntax error`() {
        #expect(pieces("AND OR NOT NEAR( * ^col {a}") == ["and", "or", "not", "near(", "*", "^col", "{a}"])
        #expect(pieces("- -- --x a-b") == ["-", "--", "--x", "a-b"])
        #expect(pieces("\"unclosed phrase") == ["unclosed+phrase"])
        #expect(pieces("„klein und groß“") == ["klein+und+gross"])
        #expect(pieces("「東京 タワー」") == ["東京+たわー"])
        #expect(SearchQuery("\"\"").isEmpty && SearchQuery("\"  \"").isEmpty && SearchQuery("").isEmpty)
        #expect(pieces("\"--\"") == ["--"], "a phrase without words is a piece")
    }

    @Test func `the end of a sentence is not looked for`() {
        #expect(pieces("where is the key?") == ["where", "is", "the", "key"])
        #expect(pieces("wifi, please... ? c++") == ["wifi", "please", "?", "c++"])
    }

    @Test func `a word twice is one word`() {
        #expect(pieces("tea Tea TEA") == ["tea"])
    }

    @Test func `days are those of the reader's zone`() throws {
        let now = try #require(Timestamp(iso8601: "2026-03-29T22:30:00Z"))
        let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
        func span(_ text: String, _ zone: TimeZone) -> [String]? {
            SearchQuery(text).time(in: zone, at: now).map { [$0.lowerBound.iso8601, $0.upperBound.iso8601] }
        }
        #expect(span("on:today", .gmt) == ["2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z"])
        #expect(span("on:today", berlin) == ["2026-03-29T22:00:00Z", "2026-03-30T22:00:00Z"])
        #expect(span("on:2026-03-29", berlin) == ["2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"], "has 23 hours")
        #expect(span("on:2026-02", .gmt) == ["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"])
        #expect(span("after:2024 before:2026", .gmt) == ["2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"])
        #expect(span("tea", .gmt) == nil)
        let contradiction = try #require(SearchQuery("after:2026 before:2020").time(in: .gmt, at: now))
        #expect(contradiction.isEmpty)
    }

    @Test func `too short and too long are said`() async {
        for text in [" a ", "é", "7", "①", "+", "я", "1\u{FE0F}\u{20E3}", "\u{200D}"] {
            await expect(.malformed("q must have at least 2 characters")) { try SearchRequest(text) }
        }
        for text in ["🙂", " 李 ", "か", "ｶ", "한", "ไ", "👨‍👩‍👧", "☃️", "€"] {
            #expect(throws: Never.self, "\(text)") { try SearchRequest(text) }
        }
        await expect(.malformed("q must have at most 200 characters")) {
            try SearchRequest(String(repeating: "x", count: 201))
        }
        await expect(.malformed("q must have at most 200 characters")) { try SearchRequest("nul\0nul") }
        #expect(throws: Never.self) { try SearchRequest(String(repeating: "e\u{301}", count: 200)) }
    }

    @Test func `a cursor comes back as it went`() {
        for cursor in [
            SearchCursor.before(.init(7)), .olderThan(.init(7)), .after(score: 0, .init(3), newest: .init(9)),
        ] {
            #expect(SearchCursor(cursor.text) == cursor)
        }
        for text in [
            "", "0", "-1", "x", "-", "--", "0-", "1-x", "1--", "1-2-", "1-2", "1--3", "1-2-3-4", "9-0-3",
            "99999999999999999999",
        ] {
            #expect(SearchCursor(text) == nil, "\(text)")
        }
    }
}

extension SearchTerm {
    /// Its parts, for people.
    var words: String {
        parts.map { part in
            var view = String.UnicodeScalarView()
            view.append(contentsOf: part)
            return String(view)
        }.joined(separator: "+")
    }
}
