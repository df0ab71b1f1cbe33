import Testing

@testable import HomeChat

@Suite struct LockoutTests {
    private let home = "192.168.7.20"

    private func fail(_ times: Int, _ house: House, _ name: String = "ben", at ip: String, cookie: String? = nil) async
    {
        for _ in 0..<times {
            _ = try? await house.enter(name, "wrong password", from: House.browser(at: ip, cookie: cookie))
        }
    }

    private func canEnter(_ house: House, at ip: String, cookie: String? = nil) async -> Bool {
        (try? await house.enter("ben", from: House.browser(at: ip, cookie: cookie))) != nil
    }

    @Test func `five, ten and fifteen wrong passwords lock for half an hour, two hours and a day`() async throws {
        try await withHouse { house in
            for lock in [Duration.minutes(30), .hours(2), .hours(24)] {
                await fail(5, house, at: home)
                house.clock.advance(by: lock - .minutes(1))
                #expect(await !canEnter(house, at: home))
                house.clock.advance(by: .minutes(1))
            }
            #expect(await canEnter(house, at: home))
            let locks = try await house.audited(.accountLocked)
            #expect(locks == [3])
            await fail(4, house, at: home)
            #expect(await canEnter(house, at: home))
            await fail(4, house, at: home)
            #expect(await canEnter(house, at: home), "a success starts again")
        }
    }

    @Test func `any spelling of the name counts, and the neighbourhood, not the single address`() async throws {
        try await withHouse { house in
            for (name, ip) in [
                ("ben", "10.1.2.3"), ("BEN", "10.1.2.4"), (" Ben ", "10.1.2.5"), ("ｂｅｎ", "::ffff:10.1.2.6"),
                ("ben", "10.1.2.250"),
            ] {
                await fail(1, house, name, at: ip)
            }
            #expect(await !canEnter(house, at: "10.1.2.77"))
            #expect(await canEnter(house, at: "10.1.3.3"))
            for host in 1...5 { await fail(1, house, at: "2001:db8:1:2::\(host)") }
            #expect(await !canEnter(house, at: "2001:db8:1:2:ffff::1"))
            #expect(await canEnter(house, at: "2001:db8:1:3::1"))
        }
    }

    @Test func `parallel guesses do not pass the limit`() async throws {
        try await withHouse { house in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<30 { group.addTask { await fail(1, house, at: home) } }
            }
            let looked: Int = try await house.server.database.read { tx in
                try tx.fetchRequired("SELECT failures FROM sign_in_counters WHERE subject LIKE '%192.168.7.0/24'")
            }
            #expect(looked == 30)
            #expect(await !canEnter(house, at: home))
            house.clock.advance(by: .hours(23))
            #expect(await !canEnter(house, at: home))
        }
    }

    @Test func `of many parallel guesses the right one is refused when it comes after the fifth`() async throws {
        try await withHouse { house in
            await fail(5, house, at: home)
            await #expect(throws: ChatError.self) { try await house.enter("ben", from: House.browser(at: home)) }
        }
    }

    @Test func `when a lock ends is told after the right password only`() async throws {
        try await withHouse { house in
            await fail(5, house, at: home)
            await expect(.unauthenticated) {
                try await house.enter("ben", "wrong again", from: House.browser(at: home))
            }
            await expect(.keptOut("too many wrong passwords", retryAfter: .minutes(30))) {
                try await house.enter("ben", from: House.browser(at: home))
            }
            await fail(5, house, "nobody", at: home)
            await expect(.unauthenticated) { try await house.enter("nobody", from: House.browser(at: home)) }
        }
    }

    @Test func `a stranger locks nobody out of a device that the account knows`() async throws {
        try await withHouse { house in
            let cookie = try await house.enter("ben", from: House.browser(at: home)).deviceCookie
            await fail(20, house, at: home)
            #expect(await !canEnter(house, at: home))
            #expect(await canEnter(house, at: home, cookie: cookie))
            #expect(await !canEnter(house, at: home, cookie: cookie.replacing(".", with: ".x")))
            await fail(5, house, at: home, cookie: cookie)
            #expect(await !canEnter(house, at: home, cookie: cookie), "guesses on a known device count for it")
        }
    }

    @Test func `fifty failures from everywhere lock an account for devices that it does not know`() async throws {
        try await withHouse { house in
            let cookie = try await house.enter("ben", from: House.browser(at: home)).deviceCookie
            for network in 1...50 { await fail(1, house, at: "10.0.\(network).1") }
            #expect(await !canEnter(house, at: "10.9.9.9"))
            #expect(await canEnter(house, at: "10.9.9.9", cookie: cookie))
            house.clock.advance(by: .hours(24))
            #expect(await canEnter(house, at: "10.9.9.9"))
        }
    }

    @Test func `three hundred failures from one network refuse it for an hour, but never this machine`() async throws {
        try await withHouse { house in
            let lockout = house.server.lockout
            for ip in ["10.5.5.5", "127.0.0.1"] {
                let verdict = try await house.server.database.write { tx in
                    for number in 0..<300 {
                        _ = try lockout.begin(
                            name: "user\(number)", from: Caller(ipAddress: ip, userAgent: ""), device: nil, tx)
                    }
                    return try lockout.begin(
                        name: "ben", from: Caller(ipAddress: ip, userAgent: ""), device: nil, tx
                    ).verdict
                }
                #expect((verdict == .refused) == (ip == "10.5.5.5"))
            }
            house.clock.advance(by: .hours(1))
            #expect(await canEnter(house, at: "10.5.5.5"))
        }
    }

    @Test func `an admin unlocks, and a new password does too`() async throws {
        try await withHouse { house in
            await fail(15, house, at: home)
            try await house.server.users.unlock(house.ben.user, as: house.ana)
            #expect(await canEnter(house, at: home))
            await fail(15, house, at: home)
            try await house.server.accounts.resetPassword(of: house.ben.user, to: "quite another one", as: house.ana)
            _ = try await house.enter("ben", "quite another one", from: House.browser(at: home))
            #expect(try await house.audited(.accountUnlocked) == [1])
        }
    }

    @Test func `locks are in the database, so a restart does not lift them`() async throws {
        try await withHouse { house in
            await fail(5, house, at: home)
            let counted: Int = try await house.server.database.read { tx in
                try tx.fetchRequired("SELECT COUNT(*) FROM sign_in_counters WHERE locked_until IS NOT NULL")
            }
            #expect(counted == 1)
        }
    }
}
