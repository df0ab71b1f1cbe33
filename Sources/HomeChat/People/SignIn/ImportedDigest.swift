import CCrypt
import Foundation

/// A bcrypt digest from an older installation. It is only ever checked; the next sign-in makes it an Argon2id one.
enum ImportedDigest {
    /// bcrypt looks at no more of a password.
    private static let maximumBytes = 72
    /// Each step doubles the time; what costs minutes is no digest that anybody made.
    private static let costs = 4...15

    /// `$2a$12$…` and `$2b$…`: a version, a cost, 22 letters of salt and 31 of hash.
    static func isOne(_ digest: String) -> Bool {
        let parts = digest.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 4, ["2a", "2b"].contains(parts[1]), let cost = Int(parts[2]) else { return false }
        return digest.utf8.count == 60 && costs.contains(cost)
    }

    /// - Parameter password: as it was typed: it was never brought into another form.
    static func matches(_ digest: String, _ password: String) -> Bool {
        guard isOne(digest), !password.utf8.contains(0) else { return false }
        let secret = password.utf8.prefix(maximumBytes).map(CChar.init(bitPattern:)) + [0]
        let data = UnsafeMutablePointer<crypt_data>.allocate(capacity: 1)
        defer { data.deallocate() }
        memset(data, 0, MemoryLayout<crypt_data>.size)
        guard let made = crypt_r(secret, digest, data) else { return false }
        return isEqual(Array(String(cString: made).utf8), Array(digest.utf8))
    }
}
