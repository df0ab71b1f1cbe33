/// Finds `@name` and `#channel` in plain text.
enum NameScanner {
    struct Piece: Equatable {
        enum Kind: Equatable {
            case text
            case person(String)
            case channel(String)
            case everyone
        }

        let kind: Kind
        let text: String
    }

    /// The text cut where a name begins and ends; put together again it is the same text.
    static func pieces(of text: String) -> [Piece] {
        // Most texts have neither, and walking along their characters is most of what showing them costs.
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "#") }) else {
            return text.isEmpty ? [] : [Piece(kind: .text, text: text)]
        }
        var pieces: [Piece] = []
        var plain = ""
        var rest = Substring(text)
        var previous: Character?
        while let first = rest.first {
            let name = first == "@" || first == "#" ? nameAfterMark(rest.dropFirst()) : ""
            let beginsWord =
                previous.map { !$0.isLetter && !$0.isNumber && $0 != first && $0 != "/" && $0 != "&" } ?? true
            guard !name.isEmpty, beginsWord else {
                plain.append(first)
                previous = first
                rest = rest.dropFirst()
                continue
            }
            if !plain.isEmpty { pieces.append(Piece(kind: .text, text: plain)) }
            plain = ""
            pieces.append(Piece(kind: kind(first, name), text: "\(first)\(name)"))
            previous = name.last
            rest = rest.dropFirst(1 + name.count)
        }
        if !plain.isEmpty { pieces.append(Piece(kind: .text, text: plain)) }
        return pieces
    }

    private static func kind(_ mark: Character, _ name: String) -> Piece.Kind {
        guard mark == "@" else { return .channel(name) }
        return ["channel", "everyone", "here"].contains(name.lowercased()) ? .everyone : .person(name)
    }

    /// The longest run of name characters; a full stop or a dash at its end belongs to the sentence.
    private static func nameAfterMark(_ text: Substring) -> String {
        var name = text.prefix { $0.unicodeScalars.allSatisfy(Username.isAllowed) }
        while let last = name.last, last == "." || last == "-" { name = name.dropLast() }
        return name.count <= Username.lengths.upperBound ? String(name) : ""
    }
}

/// Who is addressed in a text, by name. Which of them exist is looked up when it is stored.
struct MentionNames: Sendable, Equatable {
    private(set) var people: [String] = []
    private(set) var channels: [String] = []
    private(set) var everyone = false
    /// Only those who are there now.
    private(set) var here = false

    /// A bound on what one message can set in motion.
    static let maximumNames = 50

    init(in text: String) {
        guard text.contains("@") || text.contains("#") else { return }
        for piece in Markdown.textRuns(of: text).flatMap(NameScanner.pieces) {
            switch piece.kind {
            case .text: break
            case .person(let name): Self.add(name, to: &people)
            case .channel(let name): Self.add(name, to: &channels)
            case .everyone: if piece.text.lowercased() == "@here" { here = true } else { everyone = true }
            }
        }
    }

    private static func add(_ name: String, to names: inout [String]) {
        let key = nameKey(name)
        if names.count < maximumNames, !names.contains(key) { names.append(key) }
    }
}
