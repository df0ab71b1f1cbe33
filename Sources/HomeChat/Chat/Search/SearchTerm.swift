/// One thing that has to be in a text: a piece of it wherever it stands, or whole words in a row.
struct SearchTerm: Hashable, Sendable {
    /// Its parts, folded: one for a piece; for a phrase each of its words, and what is dense.
    let parts: [[Unicode.Scalar]]
    let isPhrase: Bool

    /// - Parameter text: without blanks, not empty, folded.
    init(piece text: [Unicode.Scalar]) {
        parts = [text]
        isPhrase = false
    }

    /// nil where there is no word in it.
    init?(phrase text: [Unicode.Scalar]) {
        var parts: [[Unicode.Scalar]] = []
        var last: LetterKind?
        for letter in text {
            let kind = LetterKind(letter)
            if kind == .word || kind == .dense {
                if kind == last { parts[parts.count - 1].append(letter) } else { parts.append([letter]) }
            }
            last = kind
        }
        guard !parts.isEmpty else { return nil }
        self.parts = parts
        isPhrase = true
    }

    var length: Int { parts.reduce(0) { $0 + $1.count } }

    /// All of these are in the index for each text that has it. The other way round it takes a look: see `ranges`.
    /// - Parameter limit: of pieces that stand for one part; the fewer, the more texts are looked at in vain.
    func indexTerms(atMost limit: Int) -> [String] {
        parts.flatMap { part -> [String] in
            if isPhrase, LetterKind(part[0]) == .word, part.count <= SearchTerms.longestWord {
                return [SearchTerms.word(part)]
            }
            switch part.count {
            case 1: return LetterKind(part[0]) == .dense ? [SearchTerms.single(part[0])] : []
            case 2: return [SearchTerms.bigram(part)]
            default: return Self.trigrams(of: part, atMost: max(limit, 2))
            }
        }
    }

    /// From the first to the last, evenly between.
    private static func trigrams(of part: [Unicode.Scalar], atMost limit: Int) -> [String] {
        let last = part.count - 3
        let count = min(last + 1, limit)
        return (0..<count).map { step in
            let start = count == 1 ? 0 : step * last / (count - 1)
            return SearchTerms.trigram(part[start...start + 2])
        }
    }
}

extension SearchTerm {
    /// Where it stands in a folded text, from its beginning.
    func ranges(in text: [Unicode.Scalar], atMost limit: Int = 8) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var position = 0
        while found.count < limit, let range = next(in: text, from: position) {
            found.append(range)
            position = range.upperBound
        }
        return found
    }

    func isIn(_ text: [Unicode.Scalar]) -> Bool { next(in: text, from: 0) != nil }

    private func next(in text: [Unicode.Scalar], from start: Int) -> Range<Int>? {
        var position = start
        while let begin = text.index(of: parts[0], from: position) {
            if let end = isPhrase ? endOfPhrase(at: begin, in: text) : endOfPiece(at: begin, in: text) {
                return begin..<end
            }
            position = begin + 1
        }
        return nil
    }

    /// Pieces of three letters are found anywhere; shorter ones are in half of all words, and mean the beginning of one.
    private func endOfPiece(at begin: Int, in text: [Unicode.Scalar]) -> Int? {
        let length = parts[0].count
        return length > 2 || text.isShortPiece(at: begin, length: length) ? begin + length : nil
    }

    private func endOfPhrase(at begin: Int, in text: [Unicode.Scalar]) -> Int? {
        var position = begin
        for (index, part) in parts.enumerated() {
            if index > 0 {
                while position < text.count, [.blank, .punctuation].contains(LetterKind(text[position])) {
                    position += 1
                }
            }
            guard text.has(part, at: position), text.isWhole(part, at: position) else { return nil }
            position += part.count
        }
        return position
    }
}

extension [Unicode.Scalar] {
    func has(_ part: [Unicode.Scalar], at position: Int) -> Bool {
        guard position + part.count <= count else { return false }
        for offset in part.indices where self[position + offset] != part[offset] { return false }
        return true
    }

    func index(of part: [Unicode.Scalar], from start: Int) -> Int? {
        guard let first = part.first, count >= part.count else { return nil }
        var position = start
        while position <= count - part.count {
            if self[position] == first, has(part, at: position) { return position }
            position += 1
        }
        return nil
    }

    /// Whether a part stands there as a whole word. What is dense has no words.
    func isWhole(_ part: [Unicode.Scalar], at position: Int) -> Bool {
        LetterKind(part[0]) != .word
            || (beginsWord(at: position) && endsWord(at: position + part.count))
    }

    func endsWord(at end: Int) -> Bool { end == count || LetterKind(self[end]) != .word }
}
