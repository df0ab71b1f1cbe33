import Foundation

/// A password that may be chosen: 8 to 128 characters, not the person's own name or the server's, not easy to guess.
package struct Password: Sendable {
    static let lengths = 8...128

    /// One Unicode form, so that two keyboards that compose letters differently mean the same password.
    let text: String
    package let strength: PasswordStrength
    private let username: String
    private let field: String

    package init(_ text: String, for username: String, siteName: String = "HomeChat", field: String = "password") throws
    {
        let text = Self.normalized(text)
        guard Self.lengths.contains(text.count) else {
            throw ChatError.invalid(field, "must have 8 to 128 characters")
        }
        guard !text.utf8.contains(0) else { throw ChatError.invalid(field, "must not contain NUL") }
        let key = nameKey(text)
        guard key != nameKey(username) else { throw ChatError.invalid(field, "must not be the user name") }
        guard key != nameKey(siteName), key != "homechat" else {
            throw ChatError.invalid(field, "must not be the name of this server")
        }
        self.text = text
        self.username = username
        self.field = field
        strength = PasswordStrength(text, words: [username, siteName, "homechat", "home", "chat"])
        guard strength.score >= PasswordStrength.leastScore else {
            throw ChatError.invalid(field, "is among the most common passwords or easy to guess")
        }
    }

    /// The same for a server of that name, which is known later than the password.
    func checked(for siteName: String) throws -> Password {
        try Password(text, for: username, siteName: siteName, field: field)
    }

    static func normalized(_ text: String) -> String { text.precomposedStringWithCanonicalMapping }
}
