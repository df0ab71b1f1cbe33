import Testing

@testable import HomeChat

@Suite struct SignUpTests {
    private func signUp(_ name: String, _ house: House, invitation: String? = nil) async throws -> Accounts.SignedIn {
        try await house.server.accounts.signUp(
            try NewAccount(username: name, password: House.password), invitation: invitation, device: House.browser())
    }

    @Test func `with approval, a new account's token is worth nothing before an admin says yes`() async throws {
        try await withHouse { house in
            try await house.server.site.update(name: nil, signUps: .approval, as: house.ana)
            let fay = try await signUp("fay", house)
            #expect(fay.user.awaitsApproval)
            #expect(try await house.server.credentials.principal(bearer: fay.token) == nil)
            await expect(.keptOut("an admin has to let you in first", retryAfter: nil)) {
                try await house.enter("fay")
            }
            await expect(.unauthenticated) { try await house.enter("fay", "wrong password") }
            #expect(try await house.server.users.search("fay", as: house.ben).isEmpty)
            await expect(.forbidden("only an admin can do this")) {
                try await house.server.invitations.approve(fay.user.id, as: house.ben)
            }
            try await house.server.invitations.approve(fay.user.id, as: house.ana)
            let principal = try #require(try await house.server.credentials.principal(bearer: fay.token))
            #expect(try await house.server.channels.list(as: principal).contains { $0.channel.name == "home" })
        }
    }

    @Test func `whoever is turned away is gone, and the name is free`() async throws {
        try await withHouse { house in
            try await house.server.site.update(name: nil, signUps: .approval, as: house.ana)
            let fay = try await signUp("fay", house)
            try await house.server.invitations.reject(fay.user.id, as: house.ana)
            _ = try await signUp("fay", house)
        }
    }

    @Test func `an invitation lets one person in, within a week`() async throws {
        try await withHouse { house in
            try await house.server.site.update(name: nil, signUps: .invitation, as: house.ana)
            let closed = ChatError.forbidden("sign-ups need an invitation, ask an admin")
            await expect(closed) { try await signUp("fay", house) }
            await expect(closed) { try await signUp("fay", house, invitation: "made up") }
            let secret = try await house.server.invitations.create(note: "Fay", as: house.ana).secret
            _ = try await signUp("fay", house, invitation: secret)
            await expect(closed) { try await signUp("gus", house, invitation: secret) }
            let old = try await house.server.invitations.create(note: "", as: .console).secret
            house.clock.advance(by: Invitation.lifetime)
            await expect(closed) { try await signUp("gus", house, invitation: old) }
        }
    }

    @Test func `where strangers can be first, the first needs the secret`() async throws {
        let place = try await HousePlace.empty()
        var settings = try place.settings
        settings.setupSecret = "open-sesame"
        let server = try await ChatServer.assemble(settings: settings)
        let account = try NewAccount(username: "ana", password: House.password)
        for secret in [nil, "wrong"] {
            await #expect(throws: ChatError.self) {
                try await server.accounts.setUp(siteName: nil, account, secret: secret, device: House.browser())
            }
            await #expect(throws: ChatError.self) {
                try await server.accounts.signUp(account, secret: secret, device: House.browser())
            }
        }
        let ana = try await server.accounts.setUp(
            siteName: nil, account, secret: "open-sesame", device: House.browser())
        #expect(ana.user.role == .admin)
        try await server.close()
        try await place.remove()
    }

    @Test(arguments: [("127.0.0.1", false), ("192.168.1.5", false), ("fd00::1", false), ("93.184.216.34", true)])
    func `a public address makes its own set-up secret`(host: String, isNeeded: Bool) {
        var settings = Settings()
        settings.host = host
        #expect((SetUpGate.choose(settings).secret != nil) == isNeeded)
    }

    @Test func `a password that everybody has to change is changed before there is a session`() async throws {
        try await withHouse { house in
            _ = try await house.server.emergencies.take(.resetPasswords, as: .console)
            let outcome = try await house.server.signIns.signIn(
                username: "ben", password: House.password, device: House.browser())
            guard case .needsPassword(let step) = outcome else {
                Issue.record("no new password asked for")
                return
            }
            await expect(.invalid("password", "must be another one than before")) {
                try await house.server.signIns.finish(step: step, newPassword: House.password, device: House.browser())
            }
            _ = try await house.server.signIns.finish(
                step: step, newPassword: "quite another one", device: House.browser()
            ).signedIn
            _ = try await house.enter("ben", "quite another one")
        }
    }
}
