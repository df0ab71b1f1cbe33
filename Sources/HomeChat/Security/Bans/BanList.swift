import Cable
import Storage
import Synchronization

/// The bans as this process remembers them: asked for each request, so in memory.
final class BanList: Sendable {
    private let banned = Mutex(Banned())

    /// Networks, and when their ban ends. Looked up by the lengths that there are, so that many cost little more than one.
    struct Banned: Sendable {
        var ends: [Network: Timestamp?] = [:]
        var lengths: Set<Int> = []

        func contains(_ ip: String, at now: Timestamp) -> Bool {
            guard !ends.isEmpty else { return false }
            return Network.candidates(for: ip, lengths: lengths).contains { network in
                guard let end = ends[network] else { return false }
                return end.map { $0 > now } ?? true
            }
        }
    }

    func contains(_ ip: String, at now: Timestamp) -> Bool {
        banned.withLock(\.self).contains(ip, at: now)
    }

    @discardableResult func load(from database: any Database, _ now: Timestamp) async throws -> Banned {
        let bans = try await database.read { tx in try Ban.all(at: now, tx) }
        var fresh = Banned()
        for ban in bans {
            guard let network = Network(ban.network) else { continue }
            fresh.ends[network] = .some(ban.expiresAt)
            fresh.lengths.insert(network.length)
        }
        let result = fresh
        banned.withLock { $0 = result }
        return result
    }

    /// Closes the sockets of those who are banned now. Says something in any case: a socket that is being admitted looks again
    /// after any of these.
    func operations(openAddresses: [String], at now: Timestamp) -> [StreamOperation] {
        let banned = banned.withLock(\.self)
        return [.disconnect(tag: CableTag.nobody, reason: "unauthorized", reconnect: false)]
            + openAddresses.filter { banned.contains($0, at: now) }.map {
                .disconnect(tag: CableTag.of(address: $0), reason: "unauthorized", reconnect: false)
            }
    }
}

/// How a socket is marked with where it comes from.
enum CableTag {
    /// No socket has it.
    static let nobody = "nobody"
    private static let prefix = "address:"

    static func of(address: String) -> String { prefix + address }

    /// nil for a tag of another kind.
    static func address(_ tag: String) -> String? {
        tag.hasPrefix(prefix) ? String(tag.dropFirst(prefix.count)) : nil
    }
}
