import Storage

/// Who brings files, and by what: they wait for whoever that is.
struct Uploader: Sendable {
    let user: User.ID
    /// nil: a sign-in, or the server itself for a bot.
    let token: APIToken.ID?
    /// A token that is for its channels alone has what came by it: whatever else its owner uploads may be for another one.
    private let isLimited: Bool

    init(_ user: User.ID) {
        (self.user, token, isLimited) = (user, nil, false)
    }

    init(_ principal: Principal) {
        user = principal.user
        if case .token(let id) = principal.credential { token = id } else { token = nil }
        isLimited = principal.channels != nil
    }

    /// The condition, in a query that names `files`, for those that wait for a message of theirs.
    var isWaiting: SQL {
        let isOwn: SQL = "files.message_id IS NULL AND files.uploader_id = \(user)"
        return isLimited ? "(\(isOwn) AND files.token_id = \(token))" : "(\(isOwn))"
    }
}
