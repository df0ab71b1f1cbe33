import Storage

/// What can be done with files: the one way in, and the one way out again.
package struct Files: Sendable {
    let database: any Database
    let folder: FileFolder
    let rules: Settings.Files
    let now: @Sendable () -> Timestamp

    /// A file waits this long for its message.
    static let patience = Duration.hours(24)

    /// - Throws: `notFound` alike for what is not there, what may not be seen, and what went with its message.
    package func find(key: String, as principal: Principal) async throws -> File {
        try await database.read { tx in
            guard let file = try File.find(key: key, tx) else { throw ChatError.notFound("file") }
            guard let message = file.message else {
                guard file.uploader == principal.user else { throw ChatError.notFound("file") }
                return file
            }
            do {
                _ = try Messages.find(message, .read, principal, tx)
            } catch ChatError.notFound {
                throw ChatError.notFound("file")
            }
            return file
        }
    }

    /// Takes back what has no message yet.
    package func withdraw(_ id: File.ID, as principal: Principal) async throws {
        try principal.require(.messagesWrite)
        try await database.write { tx in
            guard try File.withdraw(id, by: principal.user, tx) else { throw ChatError.notFound("file") }
        }
    }
}
