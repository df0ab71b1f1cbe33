import Cable
import Testing

@testable import HomeChat

@Suite struct BanTests {
    @Test func `a ban holds until it ends or is lifted`() async throws {
        try await withHouse { house in
            let (bans, list, clock) = (house.server.bans, house.server.banList, house.clock)
            let end = clock.now + .hours(1)
            let ban = try await bans.add(network: "203.0.113.7/24", reason: "guesses", until: end, as: house.ana)
            #expect(ban.network == "203.0.113.0/24" && ban.bannedBy == "ana")
            try await bans.add(network: "2001:db8::/32", reason: "", until: nil, as: house.ana)
            #expect(list.contains("203.0.113.200", at: clock.now) && list.contains("::ffff:203.0.113.1", at: clock.now))
            #expect(list.contains("2001:db8:9::1", at: clock.now))
            #expect(!list.contains("203.0.114.1", at: clock.now) && !list.contains("nonsense", at: clock.now))
            clock.advance(by: .hours(1))
            #expect(!list.contains("203.0.113.200", at: clock.now))
            try await bans.forgetExpired()
            #expect(try await bans.all(as: house.ana).map(\.network) == ["2001:db8::/32"])
            try await bans.remove(network: "2001:DB8:0::/32", as: house.ana.with(scopes: .admin))
            #expect(!list.contains("2001:db8:9::1", at: clock.now))
        }
    }

    @Test(arguments: [
        "127.0.0.1", "127.0.0.0/8", "0.0.0.0/0", "::1", "::/0", "::ffff:127.0.0.1", "x", "", "1.2.3.4/33",
    ])
    func `the server itself, and what is no network, cannot be banned`(network: String) async throws {
        try await withHouse { house in
            await #expect(throws: ChatError.self) {
                try await house.server.bans.add(network: network, reason: "", until: nil, as: house.ana)
            }
        }
    }

    @Test func `nobody shuts themselves out`() async throws {
        try await withHouse { house in
            var ana = house.ana
            ana.caller = Caller(ipAddress: "192.168.1.5", userAgent: "")
            let present = ana
            await #expect(throws: ChatError.self) {
                try await house.server.bans.add(network: "192.168.0.0/16", reason: "", until: nil, as: present)
            }
            try await house.server.bans.add(network: "192.168.0.0/16", reason: "", until: nil, as: house.ana)
        }
    }

    @Test func `only admins ban, and only for a time to come`() async throws {
        try await withHouse { house in
            let bans = house.server.bans
            await #expect(throws: ChatError.self) {
                try await bans.add(network: "1.2.3.4", reason: "", until: nil, as: house.ben)
            }
            await #expect(throws: ChatError.self) { try await bans.all(as: house.ben) }
            await #expect(throws: ChatError.self) {
                try await bans.add(network: "1.2.3.4", reason: "", until: house.clock.now, as: house.ana)
            }
            await expect(.notFound("ban")) { try await bans.remove(network: "1.2.3.4", as: house.ana) }
        }
    }

    @Test func `a ban closes the sockets of its network alone`() async throws {
        try await withHouse { house in
            try await house.server.bans.add(network: "203.0.113.0/24", reason: "", until: nil, as: house.ana)
            let operations = house.server.banList.operations(
                openAddresses: ["203.0.113.5", "198.51.100.1"], at: house.clock.now)
            let tags = operations.compactMap { operation -> String? in
                guard case .disconnect(let tag, _, false) = operation else { return nil }
                return tag
            }
            #expect(tags == ["nobody", "address:203.0.113.5"])
        }
    }
}
