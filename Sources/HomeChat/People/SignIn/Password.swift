import Foundation

/// A password that may be chosen: 8 to 128 characters, not the person's own name, not one that everybody tries first.
package struct Password: Sendable {
    static let lengths = 8...128

    /// One Unicode form, so that two keyboards that compose letters differently mean the same password.
    let text: String

    package init(_ text: String, for username: String, field: String = "password") throws {
        let text = Self.normalized(text)
        guard Self.lengths.contains(text.count) else {
            throw ChatError.invalid(field, "must have 8 to 128 characters")
        }
        let key = nameKey(text)
        guard key != nameKey(username), key != "homechat" else {
            throw ChatError.invalid(field, "must not be the user name")
        }
        guard !Self.common.contains(key), Set(key).count > 2 else {
            throw ChatError.invalid(field, "is among the most common passwords")
        }
        self.text = text
    }

    static func normalized(_ text: String) -> String { text.precomposedStringWithCanonicalMapping }

    /// The head of every list of leaked passwords, as far as it is long enough to pass otherwise.
    private static let common: Set<String> = [
        "password", "password1", "password12", "password123", "password1234", "passw0rd", "p@ssw0rd", "p@ssword",
        "12345678",
        "123456789", "1234567890", "0987654321", "987654321", "87654321", "11223344", "12341234", "123123123",
        "147258369",
        "qwertyui", "qwertyuiop", "qwerty123", "qwerty12", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "zaq12wsx", "q1w2e3r4",
        "asdfghjk", "asdfghjkl", "zxcvbnm1", "abcdefgh", "abcd1234", "abc12345", "a1b2c3d4", "iloveyou", "iloveyou1",
        "sunshine", "princess", "football", "baseball", "superman", "starwars", "trustno1", "whatever", "welcome1",
        "welcome123",
        "letmein1", "letmein123", "changeme", "changeme123", "computer", "internet", "samantha", "michelle", "jennifer",
        "admin123", "admin1234", "administrator", "homeassistant", "secret123", "testtest", "test1234", "dragon123",
        "monkey123",
    ]
}
