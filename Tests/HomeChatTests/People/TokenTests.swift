import Testing

@testable import HomeChat

@Suite struct TokenTests {
    @Test func `a token acts as its owner, within its scopes, until it is revoked`() async throws {
        try await withHouse { house in
            let new = try NewToken(name: "doorbell", scopes: ["messages:write"])
            let (token, secret) = try await house.server.tokens.create(new, for: house.ben.user, as: house.ben)
            #expect(secret.hasPrefix("hc_\(token.prefix)_") && secret.utf8.count == 55)
            let principal = try #require(try await house.server.credentials.principal(bearer: secret))
            #expect(principal.user == house.ben.user && principal.scopes == [.messagesWrite])
            #expect(try await house.server.credentials.principal(cookie: secret) == nil)
            try await house.server.tokens.revoke(token.id, as: house.ben)
            house.server.credentials.forgetAll()
            #expect(try await house.server.credentials.principal(bearer: secret) == nil)
        }
    }

    @Test func `a token dies with its owner's access`() async throws {
        try await withHouse { house in
            let new = try NewToken(name: "doorbell", scopes: ["messages:write"])
            let (_, secret) = try await house.server.tokens.create(new, for: house.ben.user, as: house.ana)
            try await house.server.users.lock(house.ben.user, as: house.ana)
            #expect(try await house.server.credentials.principal(bearer: secret) == nil)
            try await house.server.users.unlock(house.ben.user, as: house.ana)
            #expect(try await house.server.credentials.principal(bearer: secret) != nil)
        }
    }

    @Test func `nobody makes or sees tokens of others, and no member an admin's`() async throws {
        try await withHouse { house in
            let new = try NewToken(name: "x", scopes: ["admin"])
            await expect(.forbidden("only an admin can do this")) {
                try await house.server.tokens.create(new, for: house.ana.user, as: house.ben)
            }
            await expect(.invalid("scopes", "must not name admin for an account that is none")) {
                try await house.server.tokens.create(new, for: house.ben.user, as: house.ben)
            }
            let (token, _) = try await house.server.tokens.create(new, for: house.ana.user, as: house.ana)
            await expect(.notFound("token")) { try await house.server.tokens.revoke(token.id, as: house.ben) }
            await expect(.forbidden("this needs a sign-in, a token is not enough")) {
                try await house.server.tokens.create(new, for: house.ana.user, as: house.ana.with(scopes: .admin))
            }
        }
    }

    @Test(arguments: [
        "", "Bearer", "hc_", "hc_aaaaaaaa_", "hc_aaaaaaaa_\0", String(repeating: "a", count: 5000), "' OR 1=1 --", "é",
    ])
    func `what is no token is nobody`(secret: String) async throws {
        try await withHouse { house in
            let principal = try await house.server.credentials.principal(bearer: secret)
            #expect(principal == nil)
        }
    }

    @Test func `a clock that is put back keeps nobody remembered for longer`() async throws {
        try await withHouse { house in
            let new = try NewToken(name: "doorbell", scopes: ["messages:write"])
            let (token, secret) = try await house.server.tokens.create(new, for: house.ben.user, as: house.ben)
            #expect(try await house.server.credentials.principal(bearer: secret) != nil)
            house.clock.advance(by: .hours(-1))
            // Ended behind the server's back, as where the news of it was lost.
            try await house.server.database.write { tx in
                try tx.execute("DELETE FROM api_tokens WHERE id = \(token.id)")
            }
            #expect(try await house.server.credentials.principal(bearer: secret) == nil)
        }
    }

    @Test func `how often a token was used is written down now and then, not each time`() async throws {
        try await withHouse { house in
            let new = try NewToken(name: "doorbell", scopes: ["messages:write"])
            let (_, secret) = try await house.server.tokens.create(new, for: house.ben.user, as: house.ben)
            for _ in 0..<3 { _ = try await house.server.credentials.principal(bearer: secret) }
            try await house.server.credentials.flushUse()
            let listed = try await house.server.tokens.list(of: house.ben.user, as: house.ben)
            #expect(listed.first?.useCount == 3 && listed.first?.lastUsedAt == house.clock.now)
        }
    }
}
