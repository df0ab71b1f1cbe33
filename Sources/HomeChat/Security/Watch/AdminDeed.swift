import Storage

/// What an admin did to the house or to somebody else, of which the other admins hear.
struct AdminDeed: Sendable {
    let words: String
    /// What an attacker with an admin's account would bury under a heap of the rest.
    let isUrgent: Bool

    /// - Returns: nil for what is nobody's business but one's own, and for what has rules of its own.
    init?(_ entry: AuditEntry, _ tx: borrowing Transaction) throws {
        guard let action = AuditAction(rawValue: entry.action) else { return nil }
        switch action.telling {
        case .never:
            return nil
        case .always(let words):
            guard !(action == .settingChanged && entry.isAboutOneself) else { return nil }
            guard action != .auditPruned || entry.fields["by"] == "hand" else { return nil }
            self.words = words
        case .toOthers(let words):
            guard try entry.isDoneToAnother(tx) else { return nil }
            self.words = words
        case .tokenMade:
            let isAdmins = entry.hasAdminScope
            guard try isAdmins || entry.isDoneToAnother(tx) else { return nil }
            words = isAdmins ? "Token with admin rights made" : "Token made for somebody else"
        }
        guard action != .botChanged || entry.opensBot else { return nil }
        isUrgent = try action.isUrgent || entry.hasAdminScope || entry.touchesAdmin(tx)
    }
}

extension AuditAction {
    fileprivate enum Telling {
        case always(String)
        /// Where it was done to somebody else, and not by the one whom it concerns.
        case toOthers(String)
        case tokenMade
        case never
    }

    /// Without a default: whoever adds an action decides here who hears of it.
    fileprivate var telling: Telling {
        switch self {
        case .adminAction: .always("Admin action")
        case .settingChanged: .always("Setting changed")
        case .roleChanged: .always("Role changed")
        case .accountUnlocked: .always("Account unlocked")
        case .accountDeleted: .always("Account deleted")
        case .networkBanned: .always("Network banned")
        case .networkUnbanned: .always("Network let in again")
        case .keyRotated: .always("Key rotated")
        case .keyBackedUp: .always("Key copied")
        case .auditExported: .always("Audit log exported")
        case .auditPruned: .always("Audit log pruned")
        case .botCreated: .always("Bot made")
        case .botChanged: .always("Bot changed")
        case .botDeleted: .always("Bot deleted")
        case .webhookSecretRenewed: .always("Webhook's secret renewed")
        case .tokenCreated: .tokenMade
        // Locks after wrong passwords name as actor whom they lock.
        case .accountLocked: .toOthers("Account locked")
        case .accountCreated: .toOthers("Account made")
        case .passwordChange: .toOthers("Password set")
        case .passwordResetAsked: .toOthers("Link for a new password made")
        case .secondFactorEnabled: .toOthers("Second step set up")
        case .secondFactorDisabled: .toOthers("Second step and passkeys taken away")
        case .backupCodesMade: .toOthers("Backup codes made")
        case .passkeyAdded: .toOthers("Passkey added")
        case .passkeyRemoved: .toOthers("Passkey taken away")
        case .identityConnected: .toOthers("Provider's account connected")
        case .identityDisconnected: .toOthers("Provider's account disconnected")
        case .sessionRevoked: .toOthers("Session ended")
        case .tokenRotated: .toOthers("Token's secret renewed")
        case .tokenRevoked: .toOthers("Token revoked")
        case .messageEdited: .toOthers("Message changed")
        case .messageDeleted: .toOthers("Message deleted")
        case .channelDeleted: .toOthers("Channel deleted")
        case .retentionChanged: .toOthers("Time that a channel keeps messages changed")
        // These have cards of their own.
        case .login, .loginFailed, .tokenNewNetwork, .emergencyAction: .never
        case .logout, .apiRequest, .loginThrottled, .secondFactorFailed, .backupCodeUsed, .passwordResetUsed,
            .accessDenied, .certificateRenewed, .webhookRejected, .houseServiceCalled,
            .retentionApplied:
            .never
        }
    }

    fileprivate var isUrgent: Bool {
        switch self {
        case .roleChanged, .networkBanned, .networkUnbanned, .keyRotated, .keyBackedUp, .auditExported, .auditPruned:
            true
        default: false
        }
    }
}

extension AuditEntry {
    fileprivate var hasAdminScope: Bool {
        (fields["scopes"] ?? "").split(whereSeparator: { " ,".contains($0) }).contains("admin")
    }

    /// Where a bot is told, and how others prove that they speak for it; its name and its template open nothing.
    fileprivate var opensBot: Bool {
        fields["what"] != nil || (fields["changed"] ?? "").split(separator: " ").contains("credential")
    }

    fileprivate var isAboutOneself: Bool { user.map { target == "user:\($0)" } ?? false }

    /// By an admin or at the console; the owner of a channel may delete messages too, and is no admin.
    fileprivate func isDoneToAnother(_ tx: borrowing Transaction) throws -> Bool {
        // What ends by itself is nobody's deed.
        guard try isByAdmin(tx), fields["reason"] != "expired", fields["reason"] != "visit ended" else { return false }
        if target.hasPrefix("user:") { return !isAboutOneself }
        guard let owner = fields["owner"] ?? fields["author"] else { return false }
        return owner != actor
    }

    private func isByAdmin(_ tx: borrowing Transaction) throws -> Bool {
        guard let user else { return actor == Principal.console.username }
        return try User.find(user, tx)?.role == .admin
    }

    /// Accounts with admin rights and what is theirs, and limits: the doors that an attacker wants.
    fileprivate func touchesAdmin(_ tx: borrowing Transaction) throws -> Bool {
        if target.hasPrefix("setting:rate_limit.") || fields["role"] == User.Role.admin.rawValue { return true }
        if let id: User.ID = target.id(after: "user:") { return try User.find(id, tx)?.role == .admin }
        guard let owner = fields["owner"] else { return false }
        return try User.find(named: owner, tx)?.role == .admin
    }
}
