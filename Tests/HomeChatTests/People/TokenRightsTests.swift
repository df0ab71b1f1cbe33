import Testing

@testable import HomeChat

@Suite struct TokenRightsTests {
    private func caller(_ address: String) -> Caller { Caller(ipAddress: address, userAgent: "tests") }

    @Test func `the address is looked at each time, also while the token is remembered`() async throws {
        try await withHouse { house in
            let new = try NewToken(name: "x", scopes: ["messages:read"], networks: ["192.0.2.0/24", "2001:db8::/32"])
            let (token, secret) = try await house.server.tokens.create(new, for: house.ben.user, as: house.ben)
            let credentials = house.server.credentials
            for (address, isTaken) in [
                ("192.0.2.7", true), ("198.51.100.1", false), ("2001:db8::1", true), ("::ffff:192.0.2.9", true),
                ("192.0.3.1", false), ("", false), ("unknown", false),
            ] {
                let found = try await credentials.principal(bearer: secret, from: caller(address))
                #expect((found != nil) == isTaken, "\(address)")
            }
            try await credentials.flushUse()
            let denied = try await house.auditEntries(.accessDenied)
            #expect(denied.allSatisfy { $0.target == "token:\(token.id)" } && denied.count == 4)
            #expect(!denied.contains { $0.details.contains(secret) })
        }
    }

    @Test func `the first use from another network is written down once`() async throws {
        try await withHouse { house in
            let new = try NewToken(name: "x", scopes: ["messages:read"])
            let (token, secret) = try await house.server.tokens.create(new, for: house.ben.user, as: house.ben)
            for address in ["192.0.2.7", "192.0.2.8", "198.51.100.1", "198.51.100.2", "192.0.2.7"] {
                _ = try await house.server.credentials.principal(bearer: secret, from: caller(address))
                house.clock.advance(by: .seconds(1))
                try await house.server.credentials.flushUse()
            }
            let rows = try await house.auditEntries(.tokenNewNetwork)
            #expect(rows.map(\.target) == ["token:\(token.id)"] && rows.first?.ipAddress == "198.51.100.1")
            let networks = try await house.server.tokens.networks(of: house.ben.user, as: house.ben)
            #expect(networks[token.id]?.map(\.network) == ["192.0.2.0/24", "198.51.100.0/24"])
            let listed = try await house.server.tokens.list(of: house.ben.user, as: house.ben)
            #expect(listed.first?.lastAddress == "192.0.2.7" && listed.first?.useCount == 5)
        }
    }

    @Test func `a replaced secret works beside the new one until its time is over`() async throws {
        try await withHouse { house in
            let new = try NewToken(name: "x", scopes: ["messages:read"])
            let (token, old) = try await house.server.tokens.create(new, for: house.ben.user, as: house.ben)
            let (_, second) = try await house.server.tokens.rotate(token.id, as: house.ben)
            let credentials = house.server.credentials
            for secret in [old, second] { #expect(try await credentials.principal(bearer: secret) != nil) }
            house.clock.advance(by: .hours(24))
            #expect(try await credentials.principal(bearer: old) == nil)
            #expect(try await credentials.principal(bearer: second) != nil)
            try await house.server.tokens.endExpired()
            let listed = try await house.server.tokens.list(of: house.ben.user, as: house.ben)
            #expect(listed.first?.previousUntil == nil && listed.first?.id == token.id)
            // Of three secrets two live at most.
            try await house.server.proofs.confirm(password: House.password, as: house.ben)
            let (_, third) = try await house.server.tokens.rotate(token.id, as: house.ben)
            let (_, fourth) = try await house.server.tokens.rotate(token.id, as: house.ben)
            credentials.forgetAll()
            #expect(try await credentials.principal(bearer: second) == nil)
            for secret in [third, fourth] { #expect(try await credentials.principal(bearer: secret) != nil) }
            #expect(try await house.auditEntries(.tokenRotated).count == 3)
        }
    }

    @Test func `a token that ends leaves one row, however often somebody looks`() async throws {
        try await withHouse { house in
            let new = try NewToken(name: "x", scopes: ["messages:read"], life: .days(1))
            let (token, secret) = try await house.server.tokens.create(new, for: house.ben.user, as: house.ben)
            house.clock.advance(by: .days(1) - .milliseconds(300))
            #expect(try await house.server.credentials.principal(bearer: secret) != nil)
            house.clock.advance(by: .milliseconds(300))
            #expect(try await house.server.credentials.principal(bearer: secret) == nil)
            for _ in 0..<2 { try await house.server.tokens.endExpired() }
            #expect(try await house.auditEntries(.tokenRevoked).map(\.target) == ["token:\(token.id)"])
            #expect(try await house.auditEntries(.tokenCreated).map(\.target) == ["token:\(token.id)"])
        }
    }

    @Test func `a token names only channels that its owner can read`() async throws {
        try await withHouse { house in
            let new = try NewToken(name: "x", scopes: ["messages:read"], channels: [.id(house.family)])
            await expect(.invalid("channels", "names a channel that is not here")) {
                try await house.server.tokens.create(new, for: house.eve.user, as: house.eve)
            }
            let (token, secret) = try await house.server.tokens.create(new, for: house.ben.user, as: house.ben)
            #expect(token.channels == [house.family])
            let principal = try #require(try await house.server.credentials.principal(bearer: secret))
            await expect(.notFound("channel")) {
                try await house.server.messages.page(.newest, of: house.home, limit: 5, as: principal)
            }
            _ = try await house.server.messages.page(.newest, of: house.family, limit: 5, as: principal)
            // It goes with its owner's membership.
            try await house.server.channels.remove(house.ben.user, from: house.family, as: house.ana)
            await expect(.notFound("channel")) {
                try await house.server.messages.page(.newest, of: house.family, limit: 5, as: principal)
            }
        }
    }

    @Test func `what is not fit for a token is named`() {
        let attempts: [(String, () throws -> NewToken)] = [
            ("networks", { try NewToken(name: "x", scopes: ["bots"], networks: ["everywhere"]) }),
            ("networks", { try NewToken(name: "x", scopes: ["bots"], networks: ["10.0.0.0/33"]) }),
            ("networks", { try NewToken(name: "x", scopes: ["bots"], networks: Array(repeating: "::1", count: 21)) }),
            ("channels", { try NewToken(name: "x", scopes: ["admin"], channels: [.named("home")]) }),
            ("expires_in", { try NewToken(name: "x", scopes: ["bots"], life: .zero) }),
            ("scopes", { try NewToken(name: "x", scopes: []) }),
        ]
        for (field, make) in attempts {
            let error = #expect(throws: ChatError.self) { try make() }
            guard case .invalid(field, _) = error else {
                Issue.record("\(field): \(String(describing: error))")
                continue
            }
        }
    }

    @Test func `tokens that nobody uses and tokens that are old can be told`() async throws {
        try await withHouse { house in
            let make: (String) async throws -> String = { name in
                let new = try NewToken(name: name, scopes: ["messages:read"])
                try await house.server.proofs.confirm(password: House.password, as: house.ben)
                return try await house.server.tokens.create(new, for: house.ben.user, as: house.ben).secret
            }
            let used = try await make("used")
            house.clock.advance(by: .days(30))
            _ = try await make("forgotten")
            house.clock.advance(by: .days(29))
            _ = try await house.server.credentials.principal(bearer: used)
            try await house.server.credentials.flushUse()
            house.clock.advance(by: .days(2))
            let tokens = house.server.tokens
            let unused = try await tokens.list(of: nil, unusedFor: APIToken.idlePeriod, as: house.ana)
            #expect(unused.map(\.name) == ["forgotten"])
            house.clock.advance(by: .days(30))
            let all = try await tokens.list(of: nil, as: house.ana)
            #expect(all.filter { $0.isOld(at: house.clock.now) }.map(\.name) == ["used"])
        }
    }
}
