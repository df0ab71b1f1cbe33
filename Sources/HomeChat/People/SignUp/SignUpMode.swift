/// Who may make an account of their own.
package enum SignUpMode: String, Sendable, CaseIterable {
    /// Whoever reaches the page.
    case open
    /// Whoever reaches the page, once an admin says yes.
    case approval
    /// Whoever has an admin's link.
    case invitation
    /// Nobody; admins add people.
    case off

    /// - Returns: whether an admin has to let the new account in.
    /// - Throws: `forbidden` where nobody may come in this way.
    func requiresApproval(isInvited: Bool) throws -> Bool {
        switch self {
        case .open: return false
        case .approval: return !isInvited
        case .invitation:
            guard isInvited else { throw ChatError.forbidden("sign-ups need an invitation, ask an admin") }
            return false
        case .off: throw ChatError.forbidden("sign-ups are closed, ask an admin")
        }
    }
}
