/// What somebody typed into the search, read once. Every text is a query: what makes no sense as one is looked for as it is.
///
///     "clean towels" -kitchen from:ana in:#home has:image before:2026-05 after:yesterday
struct SearchQuery: Equatable, Sendable {
    static let lengths = 2...200

    var terms: [SearchTerm] = []
    var excluded: [SearchTerm] = []
    /// Names as they were typed; any one of them.
    var authors: [String] = []
    var excludedAuthors: [String] = []
    var places: [Place] = []
    var excludedPlaces: [Place] = []
    var facts: SearchFacts = []
    var excludedFacts: SearchFacts = []
    var times: [Time] = []
    /// What was typed without the filters: people and channels are found by it.
    var words: [String] = []

    enum Place: Equatable, Sendable {
        /// `in:@ana`: the conversation with her.
        case person(String)
        /// `in:#home`.
        case channel(String)
        /// `in:home`: either.
        case named(String)
    }

    struct Time: Equatable, Sendable {
        enum Side: Sendable { case before, on, after }

        let side: Side
        let day: SearchDay
    }

    /// Two characters, or one that is found by itself: `木`, `か`, `🙂`.
    static func isLongEnough(_ text: String) -> Bool {
        text.count >= lengths.lowerBound || FoldedText(text).scalars.contains { LetterKind($0) == .dense }
    }

    /// - Parameter text: without blanks around it.
    static func requireLongEnough(_ text: String) throws {
        guard isLongEnough(text) else {
            throw ChatError.malformed("q must have at least \(lengths.lowerBound) characters")
        }
    }

    var filterCount: Int {
        authors.count + excludedAuthors.count + places.count + excludedPlaces.count + times.count
    }

    /// Nothing to look for: quotation marks around nothing.
    var isEmpty: Bool {
        terms.isEmpty && excluded.isEmpty && filterCount == 0 && facts.isEmpty && excludedFacts.isEmpty
    }
}
