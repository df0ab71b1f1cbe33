import Storage

/// Why something was not done, in words for the person who asked. Each door turns it into its own kind of answer once.
package enum ChatError: Error, Equatable, Sendable {
    /// A field's value is not fit. The problem reads on from the field's name: "must have 2 to 50 characters".
    case invalid(_ field: String, _ problem: String)
    case missing(_ field: String)
    case malformed(_ problem: String)
    case unauthenticated
    /// Known, but not let in now; said only to whoever proved to be that person.
    case keptOut(_ reason: String, retryAfter: Duration?)
    /// The last proof of who this is was too long ago: ask for the password again.
    case proofNeeded
    case forbidden(_ reason: String)
    /// Also the answer for what exists and may not be seen.
    case notFound(_ what: String)
    case conflict(_ reason: String)
    case tooLarge(limit: Int)
    case fileTooLarge(_ name: String, limit: Int)
    /// The server keeps no more files: its disk or what it may take of it is used up.
    case storageFull
    case unsupportedType(_ reason: String)
    case tooMany(retryAfter: Duration)
    case unavailable(retryAfter: Duration)
    /// Something of this machine is missing that an admin has to see to.
    case unready(_ reason: String)
    /// An admin has stopped all changes for a while.
    case readOnly
}

extension ChatError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalid(let field, let problem): "\(field) \(problem)"
        case .missing(let field): "\(field) is missing"
        case .malformed(let problem): problem
        case .unauthenticated: "sign in, or send a valid token"
        case .keptOut(let reason, let wait):
            reason + (wait.map { ", try again in \(max(($0.components.seconds + 59) / 60, 1)) minutes" } ?? "")
        case .proofNeeded: "confirm your password first"
        case .forbidden(let reason): reason
        case .notFound(let what): "\(what) not found"
        case .conflict(let reason): reason
        case .tooLarge(let limit): "the request is larger than \(limit) bytes"
        case .fileTooLarge(let name, let limit):
            "the file “\(name)” is larger than \(FileWords.size(Int64(limit))), the most for one"
        case .storageFull: "the server has no room for more files"
        case .unsupportedType(let reason): reason
        case .tooMany(let wait): "too many requests, try again in \(wait.components.seconds) seconds"
        case .unavailable: "the server cannot do this right now, try again in a moment"
        case .unready(let reason): reason
        case .readOnly: "HomeChat is read-only for now; what you have can be read, and nothing can be changed"
        }
    }
}

extension ChatError {
    /// What the storage reports that is not our bug: the disk is full, the database is gone or busy.
    init?(_ error: StorageError) {
        guard case .unavailable = error else { return nil }
        self = .unavailable(retryAfter: .seconds(5))
    }
}
