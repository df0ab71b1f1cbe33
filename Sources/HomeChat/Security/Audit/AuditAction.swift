/// What the audit log knows. The guide's ten, and ours; the raw values are what scripts filter by.
package enum AuditAction: String, Sendable, CaseIterable {
    // The guide's
    case login
    case loginFailed = "login_failed"
    case logout
    case passwordChange = "password_change"
    case secondFactorEnabled = "2fa_enabled"
    case secondFactorDisabled = "2fa_disabled"
    case tokenCreated = "api_token_created"
    case tokenRevoked = "api_token_revoked"
    case adminAction = "admin_action"
    /// One row for each token, route and minute, with a count.
    case apiRequest = "api_request"

    // Getting in
    case accountCreated = "account_created"
    case accountLocked = "account_locked"
    case accountUnlocked = "account_unlocked"
    case loginThrottled = "login_throttled"
    case secondFactorFailed = "2fa_failed"
    case backupCodeUsed = "backup_code_used"
    case backupCodesMade = "backup_codes_made"
    case passkeyAdded = "passkey_added"
    case passkeyRemoved = "passkey_removed"
    /// An account of the OpenID provider, and one here.
    case identityConnected = "identity_connected"
    case identityDisconnected = "identity_disconnected"
    case passwordResetAsked = "password_reset_asked"
    case passwordResetUsed = "password_reset_used"
    case sessionRevoked = "session_revoked"
    case tokenRotated = "api_token_rotated"
    case tokenNewNetwork = "api_token_new_network"

    // What somebody was refused, or did to others' messages; never the text
    case accessDenied = "access_denied"
    case messageEdited = "message_edited"
    case messageDeleted = "message_deleted"
    case channelDeleted = "channel_deleted"
    /// How long a channel keeps its messages, and what went because of it; in the whole house, as numbers.
    case retentionChanged = "retention_changed"
    case retentionApplied = "retention_applied"

    // The house itself
    case settingChanged = "setting_changed"
    case roleChanged = "role_changed"
    case accountDeleted = "account_deleted"
    case networkBanned = "network_banned"
    case networkUnbanned = "network_unbanned"
    case emergencyAction = "emergency_action"
    case keyRotated = "key_rotated"
    case keyBackedUp = "key_backed_up"
    case auditExported = "audit_exported"
    case auditPruned = "audit_pruned"
    case certificateRenewed = "certificate_renewed"
    case webhookRejected = "webhook_rejected"
    case botCreated = "bot_created"
    case botChanged = "bot_changed"
    case botDeleted = "bot_deleted"
    case webhookSecretRenewed = "webhook_secret_renewed"
    /// An AI bot called a service of Home Assistant, since somebody said so.
    case houseServiceCalled = "house_service_called"

    /// A guess at the door, which a firewall may want to hear of.
    var isFailedSignIn: Bool { self == .loginFailed || self == .secondFactorFailed }

    /// What people without an account can cause as often as they like, and what is refused to anybody.
    var isOpenToStrangers: Bool {
        switch self {
        case .loginFailed, .secondFactorFailed, .loginThrottled, .accountLocked, .passwordResetAsked, .accessDenied,
            .webhookRejected:
            true
        default: false
        }
    }
}
