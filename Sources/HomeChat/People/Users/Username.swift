import Foundation

/// A name to sign in with. Holding one means that it may be given to a new account.
package struct Username: Sendable, Equatable {
    static let lengths = 3...50
    /// Names that address everybody, or that would pass for the server itself.
    static let reserved: Set<String> = ["system", "admin", "home", "here", "channel", "everyone"]

    package let text: String

    package init(_ text: String) throws {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines).precomposedStringWithCompatibilityMapping
        guard Self.lengths.contains(text.count) else {
            throw ChatError.invalid("username", "must have 3 to 50 characters")
        }
        guard text.unicodeScalars.allSatisfy(Self.isAllowed) else {
            throw ChatError.invalid("username", "may have letters, digits, _, - and . only")
        }
        guard Script.count(in: text) <= 1 else {
            throw ChatError.invalid("username", "must be written in one script")
        }
        guard !Self.reserved.contains(nameKey(text)) else {
            throw ChatError.invalid("username", "is reserved")
        }
        self.text = text
    }

    var key: String { nameKey(text) }

    /// Characters a mention may be made of, too.
    static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "_", "-", ".": true
        default:
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .otherLetter, .modifierLetter, .decimalNumber,
                .nonspacingMark, .spacingMark:
                !scalar.properties.isDefaultIgnorableCodePoint
            default: false
            }
        }
    }
}

/// How names are compared: compatibility forms and case are folded (NFKC, then lower case), so no two look alike by that.
func nameKey(_ text: String) -> String {
    text.trimmingCharacters(in: .whitespacesAndNewlines)
        .precomposedStringWithCompatibilityMapping.lowercased().precomposedStringWithCanonicalMapping
}

/// Coarse Unicode scripts: enough to refuse a Cyrillic letter among Latin ones.
private enum Script {
    static func count(in text: String) -> Int {
        Set(text.unicodeScalars.filter { $0.properties.isAlphabetic }.map(block)).count
    }

    private static func block(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.value {
        case ..<0x0370, 0x1E00..<0x1F00, 0x2C60..<0x2C80, 0xA720..<0xA800: 0  // Latin
        case 0x0370..<0x0400, 0x1F00..<0x2000: 1  // Greek
        case 0x0400..<0x0530, 0x1C80..<0x1C90, 0x2DE0..<0x2E00, 0xA640..<0xA6A0: 2  // Cyrillic
        case 0x0530..<0x0590: 3  // Armenian
        case 0x0590..<0x0600: 4  // Hebrew
        case 0x0600..<0x0780, 0x08A0..<0x0900: 5  // Arabic
        case 0x3040..<0x3100, 0x3400..<0xA000, 0xAC00..<0xD7B0, 0x1100..<0x1200: 6  // Chinese, Japanese, Korean mix
        default: Int(scalar.value / 0x80) + 7
        }
    }
}
