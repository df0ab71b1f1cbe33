import CZxcvbn
import Foundation

/// How hard a password is to guess, 0 to 4, by zxcvbn: dictionaries, keyboard rows, dates, repeats.
package struct PasswordStrength: Sendable, Equatable {
    /// Guesses it takes, as powers of ten: at 6 it withstands who has to guess over the network, at 10 who has the hash.
    private static let guesses: [Double] = [3, 6, 8, 10]
    /// What may be chosen.
    static let leastScore = 2
    /// What an admin should have.
    static let strong = 3

    package let score: Int

    /// - Parameter words: what stands near the person: their name, the server's. Guessed first.
    init(_ password: String, words: [String]) {
        let words = words.filter { !$0.isEmpty }.map { strdup($0.lowercased()) }
        defer { words.forEach { free($0) } }
        var list = words.map { $0.map { UnsafePointer($0) } } + [nil]
        let bits = ZxcvbnMatch(password, &list, nil)
        score = Self.guesses.count { bits >= $0 * log2(10) }
    }
}
