import Storage

/// From when to when the messages of a thousand ids are. Ids follow time, but clocks are set, and messages come from elsewhere;
/// with these a search in a time looks at nothing before and behind it, and misses nothing.
enum SearchSpan {
    private static let length: Int64 = 1000

    static func note(_ place: SearchIndex.Place, _ tx: borrowing Transaction) throws {
        let moment = place.createdAt
        try tx.execute(
            """
            INSERT INTO search_spans (span, oldest, newest) VALUES (\(place.message.value / length), \(moment), \(moment))
            ON CONFLICT (span) DO UPDATE SET
                oldest = CASE WHEN excluded.oldest < search_spans.oldest THEN excluded.oldest ELSE search_spans.oldest END,
                newest = CASE WHEN excluded.newest > search_spans.newest THEN excluded.newest ELSE search_spans.newest END
            """)
    }

    /// The ids between which all messages of a time are; nil: there are none.
    static func ids(in time: Range<Timestamp>, _ tx: borrowing Transaction) throws -> ClosedRange<Int64>? {
        let found: Bounds = try tx.fetchRequired(
            """
            SELECT MIN(span) AS first, MAX(span) AS last FROM search_spans
            WHERE newest >= \(time.lowerBound) AND oldest < \(time.upperBound)
            """)
        guard let first = found.first, let last = found.last else { return nil }
        return first * length...last * length + length - 1
    }

    private struct Bounds: RowDecodable {
        let first, last: Int64?

        init(row: Row) throws {
            first = try row["first"]
            last = try row["last"]
        }
    }
}
