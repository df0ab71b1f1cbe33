import Storage
import Testing

@testable import HomeChat

/// Which entries of the audit log the admins hear of in `#security`, for every action that there is.
@Suite struct AdminDeedTests {
    private enum Told {
        case always, whenDoneToAnother, never
        /// A sign of something wrong, with a card and rules of its own.
        case asASign
    }

    private static func told(_ action: AuditAction) -> Told {
        switch action {
        case .adminAction, .settingChanged, .roleChanged, .accountUnlocked, .accountDeleted, .networkBanned,
            .networkUnbanned, .keyRotated, .keyBackedUp, .auditExported, .auditPruned, .botCreated, .botChanged,
            .botDeleted, .webhookSecretRenewed:
            .always
        case .tokenCreated, .tokenRotated, .tokenRevoked, .accountCreated, .accountLocked, .passwordChange,
            .passwordResetAsked, .secondFactorEnabled, .secondFactorDisabled, .backupCodesMade, .passkeyAdded,
            .passkeyRemoved, .identityConnected, .identityDisconnected, .sessionRevoked, .messageEdited,
            .messageDeleted, .channelDeleted, .retentionChanged:
            .whenDoneToAnother
        case .login, .loginFailed, .tokenNewNetwork, .emergencyAction: .asASign
        case .logout, .apiRequest, .loginThrottled, .secondFactorFailed, .backupCodeUsed, .passwordResetUsed,
            .accessDenied, .certificateRenewed, .webhookRejected, .houseServiceCalled,
            .retentionApplied:
            .never
        }
    }

    /// What an entry of this action names as its target, where it is somebody's.
    private func record(
        _ action: AuditAction, by who: Principal, to whom: Principal, _ house: House, _ more: [String: String] = [:]
    ) async throws {
        var target = "user:\(whom.user)"
        var details = more
        if action == .auditPruned { details["by"] = "hand" }
        if action == .botChanged { details["what"] = "outgoing webhook added" }
        switch action {
        case .tokenCreated, .tokenRotated, .tokenRevoked: (target, details["owner"]) = ("token:1", whom.username)
        case .channelDeleted, .retentionChanged: (target, details["owner"]) = ("channel:1", whom.username)
        case .messageEdited, .messageDeleted: (target, details["author"]) = ("message:1", whom.username)
        case .settingChanged: target = "setting:site_name"
        default: break
        }
        try await house.server.database.write { [audit = house.server.audit, target, details] tx in
            try audit.record(action, by: who, target: target, details: details, tx)
        }
    }

    private func said(_ house: House) async throws -> [MessageView] {
        let channel = try await house.server.database.read { tx in try Channel.find(named: "security", tx) }
        guard let channel else { return [] }
        return try await house.server.messages.page(.newest, of: channel.id, limit: 100, as: house.ana).messages
    }

    @Test(arguments: AuditAction.allCases)
    func `what an admin does is told if it is done to others, what people do for themselves is not`(
        action: AuditAction
    ) async throws {
        try await withHouse { house in
            let told = Self.told(action)
            guard told != .asASign else { return }
            try await record(action, by: house.ben, to: house.ben, house)
            try await record(action, by: house.ana, to: house.ana, house)
            #expect(try await said(house).count == (told == .always ? 2 : 0))
            let before = try await said(house).count
            try await record(action, by: house.ana, to: house.ben, house)
            try await record(action, by: .console, to: house.ben, house)
            let after = try await said(house).dropFirst(before)
            #expect(after.count == (told == .never ? 0 : 2))
            #expect(after.allSatisfy { action == .settingChanged || $0.message.content.contains("`ben`") })
            // The console has no account that could be locked.
            #expect(after.map(\.actions.count) == (told == .never ? [] : [2, 0]))
        }
    }

    @Test func `whoever deletes in their own channel, and what ends by itself, is no news`() async throws {
        try await withHouse { house in
            try await record(.messageDeleted, by: house.ben, to: house.cleo, house)
            try await record(.tokenRevoked, by: .console, to: house.ben, house, ["reason": "expired"])
            try await record(.tokenRevoked, by: .console, to: house.ben, house, ["reason": "visit ended"])
            try await house.server.users.setEmail("ben@home.example", as: house.ben)
            #expect(try await said(house).isEmpty)
        }
    }

    @Test func `the real doors say whose it was`() async throws {
        try await withHouse { house in
            let tokens = house.server.tokens
            let (token, _) = try await tokens.create(
                try NewToken(name: "door", scopes: ["messages:read"]), for: house.ben.user, as: house.ana)
            _ = try await tokens.rotate(token.id, as: house.ana)
            try await tokens.revoke(token.id, as: house.ana)
            _ = try await house.server.secondFactors.reset(of: house.ben.user, as: .console)
            _ = try await house.server.resets.link(for: house.ben.user, as: .console)
            try await house.server.accounts.resetPassword(of: house.ben.user, to: House.password + "2", as: .console)
            let message = try await house.post("hm", in: house.home, as: house.ben).message.id
            try await house.server.messages.delete(message, as: house.ana)
            let channel = try await house.server.channels.create(try ChannelDraft(name: "club"), as: house.ben)
            try await house.server.channels.delete(channel.id, as: house.ana)
            let heard = try await said(house).map { $0.message.content.split(separator: "\n")[0].description }
            #expect(
                heard == [
                    "**Token made for somebody else**: token `door` of `ben`",
                    "**Token's secret renewed**: token `door` of `ben`", "**Token revoked**: token `door` of `ben`",
                    "**Second step and passkeys taken away**: `ben`", "**Link for a new password made**: `ben`",
                    "**Password set**: `ben`", "**Message deleted**: `message:\(message)` of `ben`, channel `home`",
                    "**Channel deleted**: `channel:\(channel.id)` of `ben`, channel `club`",
                ])
        }
    }

    @Test func `what matters is told however much was told before`() async throws {
        try await withHouse { house in
            try await house.server.roles.set(try RoleChoice(.admin), of: house.eve.user, as: house.ana)
            for _ in 0...SecurityChannel.mostPerHour {
                try await record(.settingChanged, by: house.ana, to: house.ana, house)
            }
            let before = try await said(house).count
            try await record(.settingChanged, by: house.ana, to: house.ana, house)
            try await record(.passwordChange, by: .console, to: house.ben, house)
            #expect(try await said(house).count == before, "this can wait")
            for action in [
                AuditAction.roleChanged, .networkBanned, .networkUnbanned, .keyRotated, .keyBackedUp, .auditPruned,
                .auditExported, .emergencyAction,
            ] {
                try await record(action, by: house.ana, to: house.ben, house)
            }
            #expect(try await said(house).count == before + 8)
            try await record(.tokenCreated, by: house.ana, to: house.ana, house, ["scopes": "messages:read admin"])
            try await record(.accountCreated, by: house.ana, to: house.eve, house, ["role": "admin"])
            try await record(.passwordChange, by: .console, to: house.ana, house)
            try await record(.tokenRevoked, by: .console, to: house.ana, house)
            try await house.server.rateRules.change(
                [RateRules.Wish(scope: .api, limit: "9", period: "5m", safelist: "")], as: house.ana)
            let last = try await said(house).suffix(4).map { $0.message.content.split(separator: "\n")[0].description }
            #expect(
                last == [
                    "**Account made**: `eve`", "**Password set**: `ana`", "**Token revoked**: `token:1` of `ana`",
                    "**Setting changed**: `setting:rate_limit.api`",
                ])
        }
    }

    @Test func `an admin whose account did what she did not is locked by the button`() async throws {
        try await withHouse { house in
            try await house.server.roles.set(try RoleChoice(.admin), of: house.ben.user, as: house.ana)
            let ben = Principal(
                user: house.ben.user, username: "ben", role: .admin, credential: house.ben.credential, scopes: nil)
            try await record(.auditExported, by: ben, to: ben, house)
            let message = try #require(try await said(house).last)
            #expect(message.actions.map(\.id) == ["that_was_me", "lock_account"])
            _ = try await house.server.messages.press("lock_account", on: message.message.id, as: house.ana)
            #expect(try await house.server.users.find(ben.user, as: house.ana).isLocked(at: house.clock.now))
        }
    }

    @Test func `of the first admin there is nobody to tell`() async throws {
        try await withHouse { house in
            try await record(.accountCreated, by: .console, to: house.ana, house, ["role": "admin"])
            #expect(try await said(house).isEmpty)
        }
    }
}
