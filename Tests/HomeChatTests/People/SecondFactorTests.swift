import Foundation
import Testing

@testable import HomeChat

@Suite struct SecondFactorTests {
    /// Turns the second step on for Ben.
    private func enable(_ house: House) async throws -> (password: OneTimePassword, codes: [String], me: Principal) {
        let entered = try await house.enter("ben")
        let me = try #require(try await house.server.credentials.principal(cookie: entered.token))
        _ = try await house.server.secondFactors.prepare(as: me)
        let password = try await secret(house)
        let code = password.code(step: OneTimePassword.step(at: house.clock.now))
        let enabled = try await house.server.secondFactors.enable(code: code, as: me)
        house.clock.advance(by: .seconds(60))
        let token = try #require(enabled.token)
        let renewed = try #require(try await house.server.credentials.principal(cookie: token))
        return (password, enabled.backupCodes.map(\.text), renewed)
    }

    private func secret(_ house: House) async throws -> OneTimePassword {
        let sealed: [UInt8] = try await house.server.database.read { tx in
            try tx.fetchRequired("SELECT secret FROM second_factors WHERE user_id = \(house.ben.user)")
        }
        return OneTimePassword(secret: try house.server.secrets.sealer.open(sealed, for: .totp))
    }

    private func step(_ house: House, code: String? = nil) async throws -> SignIns.Outcome {
        try await house.server.signIns.signIn(
            username: "ben", password: House.password, code: code, device: House.browser())
    }

    @Test func `the password alone is not enough any more, and a code makes it so`() async throws {
        try await withHouse { house in
            let (password, _, _) = try await enable(house)
            guard case .needsSecondFactor(let token, let hasApp, _, nil) = try await step(house) else {
                Issue.record("no second step")
                return
            }
            #expect(hasApp)
            let code = password.code(step: OneTimePassword.step(at: house.clock.now))
            let entered = try await house.server.signIns.finish(step: token, code: code, device: House.browser())
                .signedIn
            #expect(entered.user.username == "ben")
            await expect(.unauthenticated) {
                try await house.server.signIns.finish(step: token, code: code, device: House.browser())
            }
            #expect(try await house.audited(.secondFactorEnabled, .secondFactorFailed) == [1, 0])
        }
    }

    @Test func `a code is taken once, however many try at once`() async throws {
        try await withHouse { house in
            let (password, codes, _) = try await enable(house)
            for code in [password.code(step: OneTimePassword.step(at: house.clock.now)), codes[0]] {
                let entered = await withTaskGroup(of: Bool.self) { group in
                    for number in 0..<20 {
                        group.addTask {
                            let device = House.browser(at: "10.0.\(number).1")
                            let outcome = try? await house.server.signIns.signIn(
                                username: "ben", password: House.password, code: code, device: device)
                            return (try? outcome?.signedIn) != nil
                        }
                    }
                    return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
                }
                #expect(entered == 1)
            }
            #expect(try await house.audited(.backupCodeUsed, .secondFactorFailed) == [1, 38])
        }
    }

    @Test func `wrong codes lock as wrong passwords do, and the right password does not make up for them`() async throws
    {
        try await withHouse { house in
            let (password, _, _) = try await enable(house)
            for _ in 0..<5 { _ = try await step(house, code: "000000") }
            let code = password.code(step: OneTimePassword.step(at: house.clock.now))
            await #expect(throws: ChatError.self) { try await step(house, code: code) }
            house.clock.advance(by: .minutes(31))
            let later = password.code(step: OneTimePassword.step(at: house.clock.now))
            _ = try await step(house, code: later).signedIn
            #expect(try await house.audited(.accountLocked) == [1])
        }
    }

    @Test func `nothing in the database gives a code away`() async throws {
        try await withHouse { house in
            let (password, codes, _) = try await enable(house)
            let sealed: [UInt8] = try await house.server.database.read { tx in
                try tx.fetchRequired("SELECT secret FROM second_factors")
            }
            #expect(Data(sealed).range(of: Data(password.secret)) == nil)
            let hashes: [[UInt8]] = try await house.server.database.read { tx in
                try tx.fetchAll("SELECT code_hash FROM backup_codes")
            }
            #expect(hashes.count == 10 && !hashes.contains { codes.contains(String(decoding: $0, as: UTF8.self)) })
        }
    }

    @Test func `new backup codes end the old ones`() async throws {
        try await withHouse { house in
            let (_, old, me) = try await enable(house)
            let new = try await house.server.secondFactors.replaceBackupCodes(as: me).map(\.text)
            guard case .needsSecondFactor = try await step(house, code: old[3]) else {
                Issue.record("an old code was taken")
                return
            }
            _ = try await step(house, code: new[3]).signedIn
        }
    }

    @Test func `turning it off needs the password and a code, or an admin`() async throws {
        try await withHouse { house in
            let (password, codes, me) = try await enable(house)
            let second = house.server.secondFactors
            await expect(.invalid("password", "is wrong")) {
                try await second.disable(password: "wrong password", code: codes[0], as: me)
            }
            await expect(.invalid("code", "is not right, or was used already")) {
                try await second.disable(password: House.password, code: "123123", as: me)
            }
            let code = password.code(step: OneTimePassword.step(at: house.clock.now))
            let token = try #require(try await second.disable(password: House.password, code: code, as: me))
            #expect(try await house.server.credentials.principal(cookie: token) != nil)
            _ = try await house.enter("ben")
            #expect(try await house.audited(.secondFactorDisabled, .secondFactorFailed) == [1, 1])

            _ = try await enable(house)
            await expect(.forbidden("only an admin can do this")) { try await second.reset(of: me.user, as: me) }
            #expect(try await second.reset(of: house.ben.user, as: house.ana), "there is a password")
            _ = try await house.enter("ben")
        }
    }

    @Test func `what matters asks again who it is after ten minutes`() async throws {
        try await withHouse { house in
            let entered = try await house.enter("ben")
            let me = try #require(try await house.server.credentials.principal(cookie: entered.token))
            house.clock.advance(by: .minutes(10))
            await expect(.proofNeeded) { try await house.server.secondFactors.prepare(as: me) }
            await expect(.proofNeeded) { try await house.server.passkeys.beginRegistration(as: me) }
            await expect(.proofNeeded) { try await house.server.users.setEmail("ben@example.org", as: me) }
            await expect(.invalid("password", "is wrong")) {
                try await house.server.proofs.confirm(password: "wrong password", as: me)
            }
            try await house.server.proofs.confirm(password: House.password, as: me)
            _ = try await house.server.secondFactors.prepare(as: me)
            house.clock.advance(by: .minutes(10))
            let admin = try RoleChoice(.admin)
            await expect(.proofNeeded) { try await house.server.roles.set(admin, of: me.user, as: house.ana) }
        }
    }
}
