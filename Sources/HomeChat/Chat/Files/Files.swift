import Storage

/// What can be done with files: the one way in, and the one way out again.
package struct Files: Sendable {
    let database: any Database
    let folder: FileFolder
    let rules: Settings.Files
    let now: @Sendable () -> Timestamp

    /// A file waits this long for its message.
    static let patience = Duration.hours(24)

    /// Takes back what has no message yet.
    package func withdraw(_ id: File.ID, as principal: Principal) async throws {
        try principal.require(.messagesWrite)
        try await database.write { tx in
            guard try File.withdraw(id, by: principal.user, tx) else { throw ChatError.notFound("file") }
        }
    }
}
