import Foundation
import HomeChat

/// A password for an account, from standard input or made up; never from the command line, which everybody can list.
struct GivenPassword {
    let text: String
    let isGenerated: Bool

    init(fromStandardInput: Bool) throws {
        isGenerated = !fromStandardInput
        text = try fromStandardInput ? Self.read() : Self.generate()
    }

    /// To be shown this once, when it was made up here.
    var shown: String? { isGenerated ? text : nil }

    private static func read() throws -> String {
        let line = isatty(STDIN_FILENO) == 1 ? getpass("Password: ").map { String(cString: $0) } : readLine()
        guard let line, !line.isEmpty else { throw ChatError.missing("password") }
        return line
    }

    /// 100 bits, without letters that look alike, in groups that can be read aloud.
    private static func generate() -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        var random = SystemRandomNumberGenerator()
        let groups = (0..<4).map { _ in String((0..<5).map { _ in letters.randomElement(using: &random) ?? "a" }) }
        return groups.joined(separator: "-")
    }
}
