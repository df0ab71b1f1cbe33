/// How well a text answers a query; a higher number is better. Equals are in the order of time.
enum Relevance {
    /// - Parameter text: folded, and has all of the terms.
    static func score(_ text: [Unicode.Scalar], _ terms: [SearchTerm]) -> Int {
        let places = terms.map { $0.ranges(in: text) }
        var score = zip(terms, places).reduce(0) { $0 + standing($1.0, $1.1, in: text) }
        if let first = places.compactMap({ $0.first?.lowerBound }).min(), first == 0 { score += 5 }
        if text.count <= 80 { score += 10 }
        if terms.count > 1 { score += togetherness(places) }
        return score
    }

    /// The best of its places: as a whole word, at the beginning of one, inside.
    private static func standing(_ term: SearchTerm, _ places: [Range<Int>], in text: [Unicode.Scalar]) -> Int {
        if term.isPhrase { return 120 }
        return places.map { place in
            switch LetterKind(text[place.lowerBound]) {
            case .word where !text.beginsWord(at: place.lowerBound): 30
            case .word where !text.endsWord(at: place.upperBound): 60
            default: 100
            }
        }.max() ?? 0
    }

    private static func togetherness(_ places: [[Range<Int>]]) -> Int {
        guard let span = shortestSpan(places) else { return 0 }
        let lengths = places.reduce(0) { $0 + ($1.first?.count ?? 0) }
        let between = span - lengths
        // Nothing but a blank after each.
        return between < places.count ? 60 : max(50 - between / 2, 0)
    }

    /// From the first to the last letter of the closest places that have one of each.
    private static func shortestSpan(_ places: [[Range<Int>]]) -> Int? {
        guard let first = places.first, !places.contains(where: \.isEmpty) else { return nil }
        return first.map { place in
            var span = place
            for others in places.dropFirst() {
                let nearest = others.min { distance($0, span) < distance($1, span) } ?? place
                span = min(span.lowerBound, nearest.lowerBound)..<max(span.upperBound, nearest.upperBound)
            }
            return span.count
        }.min()
    }

    private static func distance(_ one: Range<Int>, _ other: Range<Int>) -> Int {
        max(one.lowerBound - other.upperBound, other.lowerBound - one.upperBound, 0)
    }
}
