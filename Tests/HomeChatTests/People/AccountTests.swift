import Testing

@testable import HomeChat

@Suite struct AccountTests {
    private let device = Device(kind: .browser, caller: Caller(ipAddress: "127.0.0.1", userAgent: "tests"))

    @Test func `of many who set up an empty house at once, one becomes admin`() async throws {
        let place = try await HousePlace.empty()
        let server = try await ChatServer.assemble(settings: try place.settings)
        let done = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<20 {
                group.addTask {
                    let account = try NewAccount(username: "user\(index)", password: House.password)
                    return (try? await server.accounts.setUp(siteName: nil, account, device: device)) != nil
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(done == 1)
        let admins = try await server.users.all(as: .console).filter { $0.role == .admin }
        #expect(admins.count == 1)
        try await server.close()
        try await place.remove()
    }

    @Test func `an unknown name, a wrong password and a locked account get the same answer`() async throws {
        try await withHouse { house in
            try await house.server.users.lock(house.eve.user, as: house.ana)
            for (name, password) in [("nobody", House.password), ("ben", "wrong password"), ("eve", House.password)] {
                await expect(.unauthenticated) {
                    try await house.enter(name, password)
                }
            }
            let entered = try await house.enter(" BEN ", House.password)
            #expect(entered.user.username == "ben")
        }
    }

    @Test func `only a hash of a session's secret is kept, and it ends when it should`() async throws {
        try await withHouse { house in
            let entered = try await house.enter("ben", House.password)
            let found = try await house.server.credentials.principal(cookie: entered.token)
            #expect(found?.user == house.ben.user)
            let stored: [[UInt8]] = try await house.server.database.read { tx in
                try tx.fetchAll("SELECT token_hash FROM sessions")
            }
            #expect(!stored.contains(Array(entered.token.utf8)) && stored.contains(SecretToken.hash(of: entered.token)))
            for (wait, isIn) in [(Duration.days(13), true), (.days(13), true), (.days(5), false)] {
                house.clock.advance(by: wait)
                let principal = try await house.server.credentials.principal(cookie: entered.token)
                #expect((principal != nil) == isIn)
                try await house.server.credentials.flushUse()
            }
        }
    }

    @Test func `a session that nobody uses ends after two weeks`() async throws {
        try await withHouse { house in
            let entered = try await house.enter("ben", House.password)
            house.clock.advance(by: .days(14))
            #expect(try await house.server.credentials.principal(cookie: entered.token) == nil)
        }
    }

    @Test func `a new password ends the other sessions and needs the old one`() async throws {
        try await withHouse { house in
            let here = try await house.enter("ben", House.password)
            let there = try await house.enter("ben", House.password)
            let principal = try #require(try await house.server.credentials.principal(cookie: here.token))
            await expect(.invalid("current_password", "is wrong")) {
                try await house.server.accounts.changePassword(
                    current: "wrong one", new: "another good one", as: principal)
            }
            let renewed = try await house.server.accounts.changePassword(
                current: House.password, new: "another good one", as: principal)
            house.server.credentials.forgetAll()
            #expect(try await house.server.credentials.principal(cookie: renewed ?? "") != nil)
            #expect(try await house.server.credentials.principal(cookie: here.token) == nil)
            #expect(try await house.server.credentials.principal(cookie: there.token) == nil)
            await expect(.unauthenticated) {
                try await house.enter("ben", House.password)
            }
        }
    }

    @Test func `closed sign-ups are closed`() async throws {
        try await withHouse { house in
            try await house.server.site.update(name: nil, signUps: .off, as: house.ana)
            let account = try NewAccount(username: "fay", password: House.password)
            await expect(.forbidden("sign-ups are closed, ask an admin")) {
                try await house.server.accounts.signUp(account, device: device)
            }
            await expect(.forbidden("only an admin can do this")) {
                try await house.server.site.update(name: nil, signUps: .open, as: house.ben)
            }
        }
    }

    @Test(arguments: [
        "ab", "system", "Home", "a b c", "аna", "x\u{200B}yz", "way\u{202E}ward", "@ana",
        String(repeating: "x", count: 51),
    ])
    func `names that mislead are refused`(name: String) {
        #expect(throws: ChatError.self) { try Username(name) }
    }

    @Test func `names that differ in case or width only are the same name`() async throws {
        try await withHouse { house in
            let account = try NewAccount(username: "ＢＥＮ", password: House.password)
            await expect(.invalid("username", "is taken")) {
                try await house.server.accounts.signUp(account, device: device)
            }
        }
    }

    @Test(arguments: ["short", "password1", "abababab", "anabelle", String(repeating: "x", count: 129)])
    func `weak passwords are refused`(password: String) {
        #expect(throws: ChatError.self) { try Password(password, for: "anabelle") }
    }

    @Test func `the last admin stays, and cannot lock or demote themselves away`() async throws {
        try await withHouse { house in
            await expect(.forbidden("the last admin must stay")) {
                try await house.server.roles.set(try RoleChoice(.user), of: house.ana.user, as: house.ana)
            }
            await expect(.forbidden("you cannot lock yourself")) {
                try await house.server.users.lock(house.ana.user, as: house.ana)
            }
            try await house.server.roles.set(try RoleChoice(.admin), of: house.ben.user, as: house.ana)
            let ben = Principal(
                user: house.ben.user, username: "ben", role: .admin, credential: house.ben.credential, scopes: nil)
            try await house.server.roles.set(try RoleChoice(.user), of: house.ana.user, as: ben)
        }
    }

    @Test func `a deleted account leaves its words under no name, and its name is free again`() async throws {
        try await withHouse { house in
            let message = try await house.post("remember me", in: house.home, as: house.eve)
            try await house.server.users.delete(house.eve.user, as: house.ana)
            let view = try await house.server.messages.find(message.message.id, as: house.ana)
            #expect(view.author.displayName == "Deleted account" && view.message.content == "remember me")
            _ = try await house.server.accounts.signUp(
                try NewAccount(username: "eve", password: House.password), device: device)
        }
    }
}
