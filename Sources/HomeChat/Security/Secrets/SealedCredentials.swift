import Foundation
import Storage

/// What can be done with the secret settings of `credentials.sealed`. For whoever can read the data directory.
package struct SealedCredentials: Sendable {
    /// Where changes are written down.
    struct Record: Sendable {
        let database: any Database
        let audit: AuditLog
    }

    /// The settings that can be kept.
    package static var names: [String] { CredentialsText.names }

    let file: CredentialsFile
    /// nil: not at all, since what is wrong may be the address of the database itself.
    let record: Record?

    /// Without a database.
    package static func offline(_ settings: Settings) -> SealedCredentials {
        SealedCredentials(file: CredentialsFile(keys: MasterKeyFile(settings: settings)), record: nil)
    }

    package func all() throws -> [(name: String, value: String)] {
        try file.read().sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    package func value(of name: String) throws -> String {
        try Self.check(name, nil)
        guard let value = try file.read()[name] else { throw ChatError.notFound("credential \(name)") }
        return value
    }

    package func set(_ name: String, to value: String, as principal: Principal) async throws {
        try Self.check(name, value)
        try await change(as: principal) { $0[name] = value }
    }

    package func unset(_ name: String, as principal: Principal) async throws {
        try Self.check(name, nil)
        try await change(as: principal) { values in
            guard values.removeValue(forKey: name) != nil else { throw ChatError.notFound("credential \(name)") }
        }
    }

    /// - Parameter before: what they were when somebody began to change them.
    func replace(_ before: [String: String], with new: [String: String], as principal: Principal) async throws {
        try await change(as: principal) { values in
            guard values == before else {
                throw ChatError.conflict("the credentials were changed meanwhile; your text is kept, edit again")
            }
            values = new
        }
    }

    /// The record first: a change that did not come to be may stand in it, but none happens without it.
    private func change(
        as principal: Principal, _ body: @Sendable (inout [String: String]) throws -> Void
    ) async throws {
        try Self.requireConsole(principal)
        let lock = try FolderLock(file.keys.settings.dataDirectory)
        defer { lock.release() }
        guard let key = try file.keys.read() else {
            throw ChatError.conflict("there is no master key yet; start the server once")
        }
        let before = try file.read()
        var after = before
        try body(&after)
        guard after != before else { return }
        let keys = try file.writingKeys(key)
        let names = Set(before.keys).union(after.keys).filter { before[$0] != after[$0] }.sorted()
        let changes = names.map { (name: $0, change: after[$0] == nil ? "unset" : "set") }
        if let record {
            try await record.database.write { tx in
                for (name, change) in changes {
                    try record.audit.record(
                        .settingChanged, by: principal, target: "setting:\(name)",
                        details: ["in": "credentials", "change": change], tx)
                }
            }
        }
        try file.write(after, for: keys)
    }

    private static func check(_ name: String, _ value: String?) throws {
        do { try CredentialsText.check(name, value, at: "credentials") } catch {
            throw ChatError.malformed(error.description)
        }
    }

    /// Master key and credentials are not for a page that somebody left open.
    static func requireConsole(_ principal: Principal) throws {
        guard principal.credential == .console else { throw ChatError.forbidden("only the command line can do this") }
    }
}
