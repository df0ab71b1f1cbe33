/// What everything that comes from outside is held to.
enum Bounds {
    /// Of an answer of the certificate authority, and of a file.
    static let bytes = 1_000_000
    /// Of certificates in a chain, or blocks in a PEM file.
    static let chain = 20
    /// Of names in one certificate.
    static let names = 100
    /// Of what is shown of a text that came from outside.
    static let text = 500

    /// A text from outside as one line without control characters.
    static func line(_ text: String) -> String {
        let kept = text.unicodeScalars.prefix(Self.text).map { scalar -> Character in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: " "
            default: Character(scalar)
            }
        }
        return String(kept)
    }
}
