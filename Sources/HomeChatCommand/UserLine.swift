import HomeChat

/// An account, as the commands print it.
struct UserLine: ListLine {
    let id: Int64
    let username: String
    let displayName: String
    let role: String
    let locked: Bool
    let accessUntil: String?
    let createdAt: String
    /// Only when it was made up here.
    let password: String?

    init(_ user: User, password: String? = nil) {
        id = user.id.value
        username = user.username
        displayName = user.displayName
        role = user.role.rawValue
        locked = user.isLocked(at: .now)
        accessUntil = user.accessUntil?.iso8601
        createdAt = user.createdAt.iso8601
        self.password = password
    }

    static let headings = ["NAME", "ROLE", "LOCKED", "SINCE", "SHOWN AS"]
    var cells: [String] { [username, role, locked ? "yes" : "no", createdAt, displayName] }
}
