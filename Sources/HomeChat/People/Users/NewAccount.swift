/// An account that nobody has made yet: its name and password are fit to be kept.
package struct NewAccount: Sendable {
    package let username: Username
    package let displayName: String
    package let password: Password

    package init(username: String, displayName: String? = nil, password: String) throws {
        self.username = try Username(username)
        self.displayName = try ProfileChange.name(displayName ?? "") ?? self.username.text
        self.password = try Password(password, for: self.username.text)
    }
}
