/// What a message is found by. Made outside of transactions: it takes longer the longer the text is.
struct SearchEntry: Sendable, Equatable {
    /// Folded; stands beside the message, so that what the index has of it can be made again.
    let text: String
    let facts: SearchFacts
    let terms: Set<String>

    init(_ content: String, files: [SearchedFile] = []) {
        let folded = FoldedText(Self.searched(content, fileNames: files.map(\.name)))
        var facts = SearchFacts(files.map(\.kind))
        text = folded.text
        if Markdown.hasOutsideLinks(content) { facts.insert(.link) }
        self.facts = facts
        terms = SearchTerms.of(folded.scalars).union(facts.terms)
    }

    /// What stands in the message's row.
    init(folded text: String, facts: SearchFacts) {
        self.text = text
        self.facts = facts
        terms = SearchTerms.of(Array(text.unicodeScalars)).union(facts.terms)
    }

    /// Nothing to find it by.
    static let none = SearchEntry(folded: "", facts: [])

    /// A message is found by the names of its files as well.
    static func searched(_ content: String, fileNames: [String]) -> String {
        ([content] + fileNames).joined(separator: "\n")
    }
}

/// What of a file concerns the search.
struct SearchedFile: Sendable {
    let name: String
    let kind: File.Kind
}
