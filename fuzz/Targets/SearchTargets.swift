@testable import HomeChat

extension FuzzTarget {
    /// A query on the first line, a message on those below. Whatever they are: the query is read, what is found in the message
    /// is found by the index as well, and the snippet is the message's own text.
    static let search = FuzzTarget(name: "search") { bytes in
        let parts = text(bytes).split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        let query = SearchQuery(String(parts[0]))
        let message = parts.count > 1 ? String(parts[1]) : String(parts[0])
        let entry = SearchEntry(message)
        let folded = Array(entry.text.unicodeScalars)
        precondition(FoldedText(message).scalars == folded, "a text is not what it was stored as")
        precondition(SearchEntry(folded: entry.text, facts: entry.facts) == entry, "the index could not be undone")
        for term in entry.terms + query.terms.flatMap({ $0.indexTerms(atMost: 8) }) {
            precondition(
                term.utf8.allSatisfy { $0 >= 0x80 || isPlain($0) }, "a term means something to an engine: \(term)")
        }
        // The engines compare bytes.
        let indexed = Set(entry.terms.map { Array($0.utf8) })
        for term in query.terms where term.isIn(folded) {
            for limit in [0, 3, 8] {
                let wanted = term.indexTerms(atMost: limit).map { Array($0.utf8) }
                precondition(indexed.isSuperset(of: wanted), "in the text, not in the index")
            }
        }
        check(Snippet(of: message, query.terms), of: message)
        _ = Relevance.score(folded, query.terms.filter { $0.isIn(folded) })
        _ = query.time(in: .gmt, at: Timestamp(milliseconds: 1_800_000_000_000))
        if let cursor = SearchCursor(message) { precondition(SearchCursor(cursor.text) == cursor) }
    }

    private static func check(_ snippet: Snippet, of message: String) {
        var shown = snippet.pieces.map(\.text)
        if shown.first == "…" { shown.removeFirst() }
        if shown.last == "…" { shown.removeLast() }
        let blanked = Snippet.line(message)
        // What was looked for is shown whole, however long it is.
        let longest = snippet.pieces.filter(\.match).map(\.text.utf8.count).max() ?? 0
        precondition(shown.joined().utf8.count < 1000 + longest, "a snippet is the whole message")
        let isPart = Array(blanked.unicodeScalars).index(of: Array(shown.joined().unicodeScalars), from: 0) != nil
        precondition(shown.isEmpty || isPart || message.contains("…"), "not in the message")
    }

    /// What stands for itself in FTS5 and in a tsquery.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
