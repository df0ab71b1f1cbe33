import Foundation

/// One emoji, as a reaction or beside a status.
struct Emoji: Sendable, Equatable {
    let text: String

    /// - Throws: `invalid` unless it is a single visible symbol: letters and digits are no reaction.
    init(_ text: String, field: String = "emoji") throws {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.count == 1, text.utf8.count <= 64, text.unicodeScalars.contains(where: Self.isPictographic) else {
            throw ChatError.invalid(field, "must be one emoji")
        }
        self.text = text
    }

    private static func isPictographic(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isEmojiPresentation || (scalar.properties.isEmoji && scalar.value > 0xFF)
            || scalar.value == 0xFE0F || scalar.value == 0x20E3
    }
}
