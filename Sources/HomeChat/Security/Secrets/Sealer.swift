import Foundation
import Storage
import Synchronization

/// Seals what must lie in the database and must not be read there, with the master key that the database belongs to at
/// that moment.
///
/// While the key is rotated there are two. Which of them counts is a row of the database, so it is decided in the
/// transaction that writes: no value is sealed with a key that was replaced meanwhile.
final class Sealer: Sendable {
    private struct Ring {
        var current: MasterKey
        /// By id: the ones before, in which a running read may still see values, and one that is about to come.
        var all: [String: MasterKey]
    }

    private let ring: Mutex<Ring>

    init(_ key: MasterKey) {
        ring = Mutex(Ring(current: key, all: [key.id: key]))
    }

    var key: MasterKey { ring.withLock(\.current) }

    func key(_ id: String) -> MasterKey? { ring.withLock { $0.all[id] } }

    /// A key that may become the one.
    func add(_ key: MasterKey) {
        ring.withLock { $0.all[key.id] = key }
    }

    func use(_ key: MasterKey) {
        ring.withLock {
            $0.all[key.id] = key
            $0.current = key
        }
    }

    /// - Throws: `unavailable` while this node has not heard of the newest key.
    func seal(
        _ bytes: some DataProtocol, for purpose: MasterKey.Purpose, _ tx: borrowing Transaction
    ) throws -> [UInt8] {
        guard let id = try SealedSecret.keyID(tx), let key = key(id) else {
            throw ChatError.unavailable(retryAfter: .seconds(5))
        }
        return try key.seal(bytes, for: purpose)
    }

    func open(_ sealed: [UInt8], for purpose: MasterKey.Purpose) throws -> [UInt8] {
        guard let key = key(try MasterKey.id(of: sealed)) else { throw SealError.otherKey }
        return try key.open(sealed, for: purpose)
    }
}
