import Foundation

/// Where mail can be sent to. Lower case, so that one spelling finds it.
struct EmailAddress: Sendable {
    static let maximumBytes = 254

    let text: String

    /// No more than what keeps commands and headers whole: whether mail arrives shows when it does.
    init(_ text: String) throws {
        let text = text.trimmingCharacters(in: .whitespaces).lowercased()
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.maximumBytes, parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty,
            text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.contains(where: { "<>()[],;:\\\"".contains($0) }),
            !parts[1].hasPrefix("."), !parts[1].hasSuffix("."), !parts[1].contains("..")
        else { throw ChatError.invalid("email", "must be an address like ana@example.org") }
        self.text = text
    }
}
