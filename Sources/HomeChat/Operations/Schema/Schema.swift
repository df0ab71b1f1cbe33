import Storage

/// Every step from an empty database to today's, oldest first. Append; never change one that has shipped.
enum Schema {
    static let migrations: [Migration] = [
        people, chat, conversation, audit, accounts, access, limits, securityChannel, auditReading, emergency, openID,
        bots, aiBots, quiet, files, search, linkPreviews, retention,
        waitingFiles, postedFiles,
    ]
}
