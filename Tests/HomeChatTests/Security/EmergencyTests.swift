import Storage
import Testing

@testable import HomeChat

@Suite struct EmergencyTests {
    private func counts(_ receipt: EmergencyReceipt) -> [String: Int64] {
        Dictionary(uniqueKeysWithValues: receipt.steps.map { ($0.step, $0.count) })
    }

    private func state(_ house: House) async throws -> EmergencyState {
        try await house.server.emergencies.state(as: .console)
    }

    private func lockEnd(_ who: Principal, _ house: House) async throws -> Timestamp? {
        try await house.server.users.find(who.user, as: house.ana).lockedUntil
    }

    @Test func `only an admin does any of it, and a session only with a fresh proof`() async throws {
        try await withHouse { house in
            await expect(.forbidden("only an admin can do this")) {
                try await house.server.emergencies.take(.lockdown(.hours(1)), as: house.ben)
            }
            await expect(.forbidden("this token lacks the scope admin")) {
                try await house.server.emergencies.take(.lift, as: house.ana.with(scopes: .messagesWrite))
            }
            await expect(.forbidden("only an admin can do this")) {
                try await house.server.emergencies.state(as: house.eve)
            }
            house.clock.advance(by: Proof.period)
            await expect(.proofNeeded) { try await house.server.emergencies.take(.lift, as: house.ana) }
            let rehearsal = try await house.server.emergencies.take(.lift, isDryRun: true, as: house.ana)
            #expect(rehearsal.isDryRun)
        }
    }

    @Test func `a rehearsal counts what would be done and leaves everything as it was`() async throws {
        try await withHouse { house in
            let rehearsal = try await house.server.emergencies.take(
                .lockdown(.hours(24)), isDryRun: true, as: .console)
            #expect(counts(rehearsal)["accounts"] == 3)
            #expect(try await state(house).lockdown == nil)
            #expect(try await lockEnd(house.ben, house) == nil)
            #expect(try await house.audited(.emergencyAction) == [0])
            #expect(try await house.server.site.settings().allowSignups)
            let done = try await house.server.emergencies.take(.lockdown(.hours(24)), as: .console)
            #expect(counts(done) == counts(rehearsal))
            #expect(try await house.audited(.emergencyAction) == [1])
        }
    }

    @Test func `lifting gives back the lock that was there before, and no other`() async throws {
        try await withHouse { house in
            let soon = house.clock.now + .hours(2)
            try await house.server.database.write { tx in
                try User.setLock(until: soon, of: house.ben.user, tx)
                try User.setLock(until: Users.forGood, of: house.cleo.user, tx)
            }
            let receipt = try await house.server.emergencies.take(.lockUsers(.hours(24)), as: .console)
            #expect(counts(receipt) == ["accounts": 2])
            #expect(try await lockEnd(house.cleo, house) == Users.forGood)
            _ = try await house.server.emergencies.take(.lockUsers(.hours(48)), as: .console)
            _ = try await house.server.emergencies.take(.lift, as: .console)
            #expect(try await lockEnd(house.ben, house) == soon)
            #expect(try await lockEnd(house.cleo, house) == Users.forGood)
            #expect(try await lockEnd(house.eve, house) == nil)
            #expect(try await lockEnd(house.ana, house) == nil)
        }
    }

    @Test func `a lock that ran out and was set anew is lifted to what came between`() async throws {
        try await withHouse { house in
            _ = try await house.server.emergencies.take(.lockUsers(.hours(1)), as: .console)
            house.clock.advance(by: .hours(3))
            #expect(try await state(house).lockedUsers == 0)
            try await house.server.users.lock(house.ben.user, as: .console)
            _ = try await house.server.emergencies.take(.lockUsers(.hours(1)), as: .console)
            #expect(try await state(house).lockedUsers == 2)
            _ = try await house.server.emergencies.take(.lift, as: .console)
            #expect(try await lockEnd(house.ben, house) == Users.forGood)
            #expect(try await lockEnd(house.eve, house)?.milliseconds ?? 0 <= house.clock.now.milliseconds)
        }
    }

    @Test func `what an admin chooses during a lockdown stays when it is lifted`() async throws {
        try await withHouse { house in
            let (site, emergencies) = (house.server.site, house.server.emergencies)
            _ = try await emergencies.take(.lockdown(.hours(1)), as: .console)
            try await site.update(name: "Renamed", signUps: nil, as: .console)
            #expect(try await state(house).closedSignUps)
            try await site.update(name: nil, signUps: .off, as: .console)
            #expect(try await !state(house).closedSignUps)
            _ = try await emergencies.take(.lift, as: .console)
            #expect(try await site.settings().signUps == .off)

            try await site.update(name: nil, signUps: .invitation, as: .console)
            _ = try await emergencies.take(.lockdown(.hours(1)), as: .console)
            #expect(try await state(house).closedSignUps)
            try await site.update(name: nil, signUps: .open, as: .console)
            #expect(try await !state(house).closedSignUps)
            #expect(try await site.settings().signUps == .open)
            _ = try await emergencies.take(.lift, as: .console)
            #expect(try await site.settings().signUps == .open)
        }
    }

    @Test func `whoever was about to finish signing in begins again`() async throws {
        try await withHouse { house in
            let step = try await house.server.database.write { tx in
                try SignInStep.begin(.secondFactor, for: house.ben.user, proof: "password", at: house.clock.now, tx)
            }
            _ = try await house.server.emergencies.take(.expireSessions, as: .console)
            let found = try await house.server.database.read { tx in
                try SignInStep.find(step, .secondFactor, at: house.clock.now, tx)
            }
            #expect(found == nil)
        }
    }

    @Test func `new passwords are asked for only where there is one`() async throws {
        try await withHouse { house in
            try await house.server.database.write { tx in
                try tx.execute("UPDATE users SET password_digest = NULL WHERE id = \(house.eve.user)")
            }
            let receipt = try await house.server.emergencies.take(.resetPasswords, as: .console)
            #expect(counts(receipt) == ["passwords": 3])
            #expect(try await house.server.users.find(house.ana.user, as: house.ana).mustChangePassword)
            #expect(try await !house.server.users.find(house.eve.user, as: house.ana).mustChangePassword)
        }
    }

    @Test func `read-only is known at once and remembered for a second at most`() async throws {
        try await withHouse { house in
            #expect(try await !house.server.readOnly.isOn())
            _ = try await house.server.emergencies.take(.readOnly(true), as: .console)
            #expect(try await house.server.readOnly.isOn())
            // Another node, which this one did not hear.
            try await house.server.database.write { tx in _ = try EmergencyRow.readOnly.end(tx) }
            #expect(try await house.server.readOnly.isOn())
            house.clock.advance(by: .seconds(1))
            #expect(try await !house.server.readOnly.isOn())
        }
    }

    @Test func `connections that nothing stands behind any more are found, and no others`() async throws {
        try await withHouse { house in
            let session = try await house.enter("ben").session.id
            try await house.server.users.lock(house.cleo.user, as: .console)
            let tags = [
                "user:\(house.ben.user)", "session:\(session)", "session:999999", "token:77", "address:127.0.0.1",
                "user:\(house.cleo.user)", "nobody",
            ]
            let closed = try await house.server.database.read { tx in
                try OpenDoors.closed(among: tags, at: house.clock.now, tx)
            }
            #expect(Set(closed) == ["session:999999", "token:77", "user:\(house.cleo.user)"])
        }
    }

    @Test func `an emergency is told however full the channel is`() async throws {
        try await withHouse { house in
            try await house.server.database.write { [audit = house.server.audit] tx in
                for number in 0..<SecurityChannel.mostPerHour + 5 {
                    try audit.record(.adminAction, by: house.ana, target: "noise:\(number)", tx)
                }
            }
            _ = try await house.server.emergencies.take(.revokeTokens, as: .console)
            let id = try #require(
                try await house.server.database.read { tx in try Channel.find(named: "security", tx) }
            ).id
            let newest = try await house.server.messages.page(.newest, of: id, limit: 5, as: house.ana).messages
            #expect(newest.contains { $0.message.content.hasPrefix("**Emergency: revoke-tokens**") })
        }
    }
}
