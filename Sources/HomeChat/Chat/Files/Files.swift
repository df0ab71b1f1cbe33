import Storage

/// What can be done with files: the one way in, and the one way out again.
package struct Files: Sendable {
    let database: any Database
    let folder: FileFolder
    let rules: Settings.Files
    let examiner: FileExaminer
    let incoming = IncomingBytes()
    let now: @Sendable () -> Timestamp

    /// A file waits this long for its message.
    static let patience = Duration.hours(24)
    /// For one of them, once its turn has come.
    static let examinationTime = Duration.seconds(20)

    /// Takes back what has no message yet.
    package func withdraw(_ id: File.ID, as principal: Principal) async throws {
        try principal.require(.messagesWrite)
        try await database.write { tx in
            guard try File.withdraw(id, by: Uploader(principal), tx) else { throw ChatError.notFound("file") }
        }
    }
}
