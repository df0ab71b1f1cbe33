import Storage

/// What a message has besides words, for `has:`. Kept in a column as these bits: append, never reorder.
struct SearchFacts: OptionSet, Hashable, Sendable {
    let rawValue: Int

    static let link = SearchFacts(rawValue: 1)
    static let file = SearchFacts(rawValue: 2)
    static let image = SearchFacts(rawValue: 4)
    static let video = SearchFacts(rawValue: 8)
    static let audio = SearchFacts(rawValue: 16)

    /// By the words that people write behind `has:`.
    static let names: [(name: String, fact: SearchFacts)] = [
        ("link", .link), ("file", .file), ("image", .image), ("video", .video), ("audio", .audio),
    ]

    init(rawValue: Int) {
        self.rawValue = rawValue
    }

    init(_ files: [File.Kind]) {
        self = files.isEmpty ? [] : .file
        for kind in files {
            switch kind {
            case .image: insert(.image)
            case .video: insert(.video)
            case .audio: insert(.audio)
            case .document: break
            }
        }
    }

    var terms: [String] { Self.names.filter { contains($0.fact) }.map { "h" + $0.name } }
}

extension SearchFacts: SQLValueConvertible, SQLValueDecodable {
    var sqlValue: SQLValue { .integer(Int64(rawValue)) }

    init(sqlValue: SQLValue) throws {
        self.init(rawValue: try Int(sqlValue: sqlValue))
    }
}
