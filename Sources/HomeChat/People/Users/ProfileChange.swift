import Foundation

/// What somebody changes about how they appear; nil leaves a thing as it is. Holding one means that its values are fit.
package struct ProfileChange: Sendable {
    let displayName: String?
    let status: String?
    let statusEmoji: String?
    let timeZone: String?
    let theme: User.Theme?
    let enterSends: Bool?

    package init(
        displayName: String? = nil, status: String? = nil, statusEmoji: String? = nil, timeZone: String? = nil,
        theme: String? = nil, enterSends: Bool? = nil
    ) throws {
        self.displayName = try displayName.flatMap { try Self.name($0) }
        self.status = try status.map { try line($0, "status", atMost: 100) }
        self.statusEmoji = try statusEmoji.map { $0.isEmpty ? "" : try Emoji($0, field: "status_emoji").text }
        self.timeZone = try timeZone.map { try Self.zone($0) }
        self.theme = try theme.map {
            guard let theme = User.Theme(rawValue: $0) else {
                throw ChatError.invalid("theme", "must be system, light, dark or contrast")
            }
            return theme
        }
        self.enterSends = enterSends
    }

    /// A shown name of 1 to 50 characters, or nil where it is blank and the user name has to do.
    static func name(_ text: String) throws -> String? {
        let text = try line(text, "display_name", atMost: 50)
        return text.isEmpty ? nil : text
    }

    private static func zone(_ name: String) throws -> String {
        guard name.isEmpty || TimeZone(identifier: name) != nil else {
            throw ChatError.invalid("time_zone", "is not a known time zone")
        }
        return name
    }
}

/// One line of text a person typed: trimmed, without control or direction-changing characters.
func line(_ text: String, _ field: String, atMost limit: Int) throws -> String {
    let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
    guard text.count <= limit, text.utf8.count <= limit * 8 else {
        throw ChatError.invalid(field, "must have at most \(limit) characters")
    }
    guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control || isDirectionChange($0) })
    else {
        throw ChatError.invalid(field, "must be one line of plain text")
    }
    return text
}

private func isDirectionChange(_ scalar: Unicode.Scalar) -> Bool {
    (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
}
