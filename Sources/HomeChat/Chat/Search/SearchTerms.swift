/// The words and pieces of words by which the index knows a text, each with a letter in front that says which kind it is.
///
/// They are made of letters, digits and marks alone, whatever the text has: both engines take them as they are, and nothing
/// in them has a meaning in a query.
enum SearchTerms {
    /// Every message has it, so that those can be listed which are asked for by nothing but filters.
    static let any = "a"

    static func word(_ letters: some Collection<Unicode.Scalar>) -> String { term("w", letters) }
    static func trigram(_ letters: some Collection<Unicode.Scalar>) -> String { term("g", letters) }
    /// Two letters, where they are a short piece.
    static func bigram(_ letters: some Collection<Unicode.Scalar>) -> String { term("b", letters) }
    /// One letter of a script without spaces.
    static func single(_ letter: Unicode.Scalar) -> String { term("u", CollectionOfOne(letter)) }
    static func author(_ user: User.ID) -> String { "f\(user)" }

    /// Longer words are found by their pieces alone.
    static let longestWord = 64

    /// - Parameter text: folded.
    static func of(_ text: [Unicode.Scalar]) -> Set<String> {
        var terms: Set<String> = [any]
        terms.reserveCapacity(text.count + text.count / 2)
        let kinds = text.map(LetterKind.init)
        for run in runs(in: kinds, where: { $0 != .blank }) {
            for index in run {
                if kinds[index] == .dense { terms.insert(single(text[index])) }
                if index + 2 < run.upperBound { terms.insert(trigram(text[index...index + 2])) }
                guard index + 1 < run.upperBound else { continue }
                let isInside = kinds[index] == .word && index > run.lowerBound && kinds[index - 1] == .word
                if !isInside || kinds[index + 1] == .dense { terms.insert(bigram(text[index...index + 1])) }
            }
        }
        for run in runs(in: kinds, where: { $0 == .word }) where run.count <= longestWord {
            terms.insert(word(text[run]))
        }
        return terms
    }

    private static func runs(in kinds: [LetterKind], where belongs: (LetterKind) -> Bool) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start: Int?
        for index in kinds.indices {
            if belongs(kinds[index]) {
                start = start ?? index
            } else if let begun = start {
                runs.append(begun..<index)
                start = nil
            }
        }
        if let start { runs.append(start..<kinds.count) }
        return runs
    }

    private static func term(_ kind: Unicode.Scalar, _ letters: some Collection<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(kind)
        for letter in letters { view.append(standIn(for: letter)) }
        return String(view)
    }

    /// ASCII has 32 punctuation marks, and Unicode as many control characters behind it, which no folded text has.
    private static func standIn(for letter: Unicode.Scalar) -> Unicode.Scalar {
        switch letter.value {
        case 0x21...0x2F: Unicode.Scalar(UInt8(letter.value + 0x5F))
        case 0x3A...0x40: Unicode.Scalar(UInt8(letter.value + 0x55))
        case 0x5B...0x60: Unicode.Scalar(UInt8(letter.value + 0x3B))
        case 0x7B...0x7E: Unicode.Scalar(UInt8(letter.value + 0x21))
        default: letter
        }
    }
}
