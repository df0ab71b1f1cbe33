import Foundation

/// What letters are compared by: compatibility forms and case, and where they only decorate a letter, its marks.
///
/// Accents of Latin, Greek and Cyrillic go, and the points of Hebrew and Arabic; the vowels of Thai and Devanagari and the
/// voicing marks of Japanese make other words, so they stay. Katakana are hiragana.
enum Folding {
    /// Appends what one character folds to; that may be nothing, or more than one.
    static func append(_ character: Character, to folded: inout [Unicode.Scalar]) {
        let scalars = character.unicodeScalars
        if let only = scalars.first, scalars.index(after: scalars.startIndex) == scalars.endIndex {
            if only.value < table.count, let known = table[Int(only.value)] { return folded.append(known) }
            if isItself(only) { return folded.append(only) }
        }
        folded += fold(String(character))
    }

    /// ASCII, which is most of what there is.
    static func fold(ascii byte: UInt8) -> Unicode.Scalar {
        switch byte {
        case 0x41...0x5A: Unicode.Scalar(byte | 0x20)
        case 0x21...0x7E: Unicode.Scalar(byte)
        default: " "
        }
    }

    /// Whole characters, by the Unicode tables: takes a few microseconds.
    private static func fold(_ text: String) -> [Unicode.Scalar] {
        var kept = String.UnicodeScalarView()
        for scalar in text.decomposedStringWithCompatibilityMapping.unicodeScalars {
            for lower in scalar.properties.lowercaseMapping.unicodeScalars where !isDropped(lower) {
                if let replacement = replacements[lower] {
                    kept.append(contentsOf: replacement.unicodeScalars)
                } else {
                    kept.append(isBlank(lower) ? " " : lower)
                }
            }
        }
        return String(kept).precomposedStringWithCanonicalMapping.unicodeScalars.map(hiragana)
    }

    private static let replacements: [Unicode.Scalar: String] = [
        "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t",
        "ı": "i",
        "ς": "σ",
        // What telephones write where somebody typed an apostrophe, quotation marks or a dash.
        "‘": "'", "’": "'", "‛": "'", "ʼ": "'", "“": "\"", "”": "\"", "„": "\"", "‟": "\"", "«": "\"", "»": "\"",
        "‐": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-", "⁄": "/",
    ]

    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0300...0x036F, 0x1AB0...0x1AFF, 0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE20...0xFE2F: true
        case 0x0591...0x05BD, 0x05BF, 0x05C1...0x05C2, 0x05C4...0x05C5, 0x05C7: true
        case 0x0610...0x061A, 0x0640, 0x064B...0x065F, 0x0670, 0x06D6...0x06DC, 0x06DF...0x06E4, 0x06E7...0x06E8,
            0x06EA...0x06ED:
            true
        default: scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
    }

    private static func hiragana(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0x30A1...0x30F6, 0x30FD...0x30FE: Unicode.Scalar(scalar.value - 0x60) ?? scalar
        default: scalar
        }
    }

    /// The many letters that fold to themselves and need no look at the tables.
    private static func isItself(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3041...0x3096, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xAC00...0xD7A3: true
        default: false
        }
    }

    /// What the alphabets of Europe, the Near East and India fold to where that is one letter; made when first needed.
    private static let table: [Unicode.Scalar?] = (0..<0x2000).map { value in
        guard let scalar = Unicode.Scalar(UInt32(value)) else { return nil }
        let folded = fold(String(scalar))
        return folded.count == 1 ? folded[0] : nil
    }
}
