/// What a folded letter is to a search.
enum LetterKind: Sendable {
    case blank
    /// Part of a word in a script that separates its words.
    case word
    /// Of a script without spaces, or a sign like an emoji: found wherever it stands, each by itself.
    case dense
    case punctuation

    init(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x61...0x7A, 0x30...0x39: self = .word
        case 0x20: self = .blank
        case ..<0x80: self = .punctuation
        // Thai and Lao; Myanmar; Hangul; Khmer; kana, bopomofo and Han with all their extensions.
        case 0x0E00...0x0EFF, 0x1000...0x109F, 0xAA60...0xAA7F, 0x1100...0x11FF, 0xA960...0xA97F, 0xAC00...0xD7FF,
            0x1780...0x17FF, 0x19E0...0x19FF, 0x3005...0x3007, 0x3040...0x31FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xF900...0xFAFF, 0x2_0000...0x3_FFFF:
            self = .dense
        default:
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
                .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
                self = .word
            case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
                .finalPunctuation, .otherPunctuation:
                self = .punctuation
            default: self = .dense
            }
        }
    }
}

extension [Unicode.Scalar] {
    /// Whether a letter of a word stands there, and none before it.
    func beginsWord(at index: Int) -> Bool {
        LetterKind(self[index]) == .word && (index == 0 || LetterKind(self[index - 1]) != .word)
    }

    /// Whether a piece of one or two letters is found that begins there: not in the middle of a word.
    func isShortPiece(at index: Int, length: Int) -> Bool {
        switch LetterKind(self[index]) {
        case .blank: false
        case .dense, .punctuation: true
        case .word: length == 2 && LetterKind(self[index + 1]) == .dense || beginsWord(at: index)
        }
    }
}
