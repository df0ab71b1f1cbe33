extension SearchQuery {
    init(_ text: String) {
        var rest = Substring(text)
        while let word = Word(takenFrom: &rest) { add(word) }
    }

    private mutating func add(_ word: Word) {
        if let key = word.key, addFilter(key, word.value, word.isExcluded) { return }
        if !word.isExcluded { words.append(word.plain) }
        let found = Self.terms(of: word)
        if word.isExcluded {
            excluded += found
        } else {
            terms += found.filter { !terms.contains($0) }
        }
    }

    private static func terms(of word: Word) -> [SearchTerm] {
        let text = FoldedText(word.plain).scalars
        if word.isQuoted, word.key == nil, let phrase = SearchTerm(phrase: text) { return [phrase] }
        return text.split(separator: " ").map { SearchTerm(piece: withoutEnding(Array($0))) }
    }

    /// Whoever types a question or copies a sentence does not look for its punctuation.
    private static func withoutEnding(_ piece: [Unicode.Scalar]) -> [Unicode.Scalar] {
        let endings: Set<Unicode.Scalar> = [",", ".", ";", ":", "!", "?", "、", "。"]
        guard let last = piece.lastIndex(where: { !endings.contains($0) }) else { return piece }
        return Array(piece[...last])
    }

    /// - Returns: false where it is none: `12:30`, `https://…`.
    private mutating func addFilter(_ key: String, _ value: String, _ isExcluded: Bool) -> Bool {
        switch key {
        case "from":
            let name = value.hasPrefix("@") ? String(value.dropFirst()) : value
            guard !name.isEmpty else { return false }
            if isExcluded { excludedAuthors.append(name) } else { authors.append(name) }
        case "in":
            guard let place = Place(value) else { return false }
            if isExcluded { excludedPlaces.append(place) } else { places.append(place) }
        case "has":
            guard let (_, fact) = SearchFacts.names.first(where: { $0.name == value.lowercased() }) else {
                return false
            }
            if isExcluded { excludedFacts.insert(fact) } else { facts.insert(fact) }
        case "before", "after", "on":
            guard !isExcluded, let day = SearchDay(value) else { return false }
            times.append(Time(side: key == "before" ? .before : key == "after" ? .after : .on, day: day))
        default: return false
        }
        return true
    }
}

extension SearchQuery.Place {
    fileprivate init?(_ value: String) {
        let name = String(value.dropFirst())
        switch value.first {
        case nil: return nil
        case "#": self = .channel(name)
        case "@": self = .person(name)
        default: self = .named(value)
        }
        if value.first == "#" || value.first == "@", name.isEmpty { return nil }
    }
}

/// What stands between two blanks, or between quotation marks.
private struct Word {
    /// A minus before it.
    var isExcluded = false
    /// What stands before a colon: `from`, in small letters.
    var key: String?
    /// The rest, without the quotation marks around it.
    var value = ""
    var isQuoted = false

    private static let openings: Set<Character> = ["\"", "“", "”", "„", "«", "»", "「", "『"]
    private static let closings: Set<Character> = ["\"", "“", "”", "«", "»", "」", "』"]

    /// As plain text, where it is no filter.
    var plain: String { key.map { "\($0):\(value)" } ?? value }

    init?(takenFrom text: inout Substring) {
        text = text.drop(while: \.isWhitespace)
        guard let first = text.first else { return nil }
        if first == "-", let next = text.dropFirst().first, next != "-", !next.isWhitespace {
            isExcluded = true
            text.removeFirst()
        }
        takeKey(&text)
        if let mark = text.first, Self.openings.contains(mark) {
            text.removeFirst()
            isQuoted = true
            // One that is not closed goes to the end: it is being typed.
            value = String(text.prefix { !Self.closings.contains($0) })
            text = text.dropFirst(value.count + 1)
        } else {
            value = String(text.prefix { !$0.isWhitespace })
            text = text.dropFirst(value.count)
        }
    }

    private mutating func takeKey(_ text: inout Substring) {
        let letters = text.prefix { $0.isASCII && $0.isLetter }
        guard (2...6).contains(letters.count), text.dropFirst(letters.count).first == ":" else { return }
        key = letters.lowercased()
        text = text.dropFirst(letters.count + 1)
    }
}
