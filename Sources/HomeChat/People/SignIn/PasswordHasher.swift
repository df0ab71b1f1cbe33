import CSodium
import Foundation
import NIOPosix

/// Argon2id on threads of its own: at most two at once and 64 waiting, so that a storm of sign-ins cannot starve the chat.
package struct PasswordHasher: Sendable {
    static let maximumWaiting = 64
    /// OWASP's figures for Argon2id: two passes over 19 MiB.
    private static let passes: UInt64 = 2
    private static let memory = 19 * 1024 * 1024

    private let pool: NIOThreadPool
    private let waiting = Waiting()

    package init(threads: Int = 2) {
        pool = NIOThreadPool(numberOfThreads: threads)
        pool.start()
    }

    package func shutDown() async {
        try? await pool.shutdownGracefully()  // fails only when it was shut down before
    }

    func digest(of password: Password) async throws -> String {
        try await run { try Self.digest(password.text) }
    }

    /// Takes as long whether there is a digest or not, so that time does not tell which names exist.
    func verify(_ password: String, against digest: String?) async throws -> Bool {
        try await run { Self.verify(password, against: digest) }
    }

    /// A new digest for a password that was right, where the old one is of an older kind; nil where it may stay.
    func upgrade(_ digest: String?, of password: String) async throws -> String? {
        guard let digest, ImportedDigest.isOne(digest) else { return nil }
        return try await run { try Self.digest(Password.normalized(password)) }
    }

    private static func verify(_ password: String, against digest: String?) -> Bool {
        guard password.count <= Password.lengths.upperBound else { return false }
        if let digest, ImportedDigest.isOne(digest) { return ImportedDigest.matches(digest, password) }
        let text = Password.normalized(password)
        let matches = crypto_pwhash_str_verify(digest ?? nobody, text, UInt64(text.utf8.count)) == 0
        return matches && digest != nil
    }

    private func run<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        guard waiting.enter() else { throw ChatError.unavailable(retryAfter: .seconds(5)) }
        defer { waiting.leave() }
        return try await pool.runIfActive(work)
    }

    private static let nobody: String = (try? digest("a password that nobody has")) ?? ""

    private static func digest(_ text: String) throws -> String {
        var output = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        let status = crypto_pwhash_str_alg(
            &output, text, UInt64(text.utf8.count), passes, memory, crypto_pwhash_ALG_ARGON2ID13)
        guard status == 0 else { throw ChatError.unavailable(retryAfter: .seconds(5)) }
        return String(decoding: output.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
