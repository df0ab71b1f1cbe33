import Foundation
import Storage
import Testing

@testable import HomeChat

@Suite struct KeyRotationTests {
    @Test func `sessions, codes, known devices and the audit chain outlive a rotation`() async throws {
        try await withHouse { house in
            let (password, paper, _) = try await secondFactor(house)
            let entered = try await house.enter("eve")
            let old = house.server.secrets.sealer.key
            let receipt = try await KeyRotation.run(house.server.settings, newKeyFile: nil, as: .console)
            await house.server.keyKeeper.catchUp()

            #expect(house.server.secrets.sealer.key.id == receipt.to && receipt.from == old.id)
            #expect(receipt.values == 5, "four server keys and one code's secret")
            #expect(try await house.server.credentials.principal(cookie: entered.token)?.username == "eve")
            let device = House.browser(at: "203.0.113.9", cookie: entered.deviceCookie)
            #expect(device.known.device(of: house.eve.user, at: house.clock.now, house.server.secrets.deviceKey) != nil)
            for code in [password.code(step: OneTimePassword.step(at: house.clock.now)), paper[0]] {
                let outcome = try await house.server.signIns.signIn(
                    username: "ben", password: House.password, code: code, device: House.browser())
                #expect(try outcome.signedIn.user.username == "ben")
            }
            #expect(try await house.audited(.keyRotated) == [1])
            let details = try await house.server.database.read { tx -> String in
                try tx.fetchRequired("SELECT details FROM audit_logs WHERE action = 'key_rotated'")
            }
            #expect(details.contains(receipt.to) && !details.contains(house.server.secrets.sealer.key.text))

            // And once more from the start, with what lies in the folder.
            let again = try await reopened(house)
            #expect(
                again.auditKey == house.server.secrets.auditKey && again.deviceKey == house.server.secrets.deviceKey)
            #expect(try mode(house, "master.key") == 0o600)
            #expect(try mode(house, "master.key.old-\(old.id)") == 0o600)
            #expect(try MasterKeyFile(settings: house.server.settings).readOld(old.id)?.text == old.text)
        }
    }

    @Test func `a node that has not heard seals nothing, and one that was offered the key goes on`() async throws {
        try await withHouse { house in
            let sealer = house.server.secrets.sealer
            let new = MasterKey.random()
            let offer = try sealer.key.seal(new.bytes, for: .handover)
            let file = try write(new, house, "given.key")
            _ = try await KeyRotation.run(house.server.settings, newKeyFile: file, as: .console)
            await expect(.unavailable(retryAfter: .seconds(5))) {
                try await house.server.database.write { tx in try sealer.seal([1], for: .totp, tx) }
            }
            house.server.keyKeeper.hear(try MasterKey.random().seal(new.bytes, for: .handover))  // somebody else's
            #expect(sealer.key(new.id) == nil)
            house.server.keyKeeper.hear(offer)
            let sealed = try await house.server.database.write { tx in try sealer.seal([1], for: .totp, tx) }
            #expect(try MasterKey.id(of: sealed) == new.id)
            #expect(try sealer.open(sealed, for: .totp) == [1])
        }
    }

    @Test func `a node with a folder of its own takes the new key into its file`() async throws {
        try await withHouse { house in
            var settings = house.server.settings
            settings.dataDirectory += "/second"
            try FileManager.default.createDirectory(atPath: settings.dataDirectory, withIntermediateDirectories: true)
            let old = house.server.secrets.sealer.key
            let file = MasterKeyFile(settings: settings)
            try file.write(old)
            let credentials = CredentialsFile(keys: file)
            try credentials.write(["setup.secret": "kept"], for: [old])
            let keeper = KeyKeeper(
                sealer: Sealer(old), file: file, database: house.server.database, logger: house.server.logger)

            let given = try write(.random(), house, "given.key")
            let new = try MasterKeyFile.read(given, isHandedOver: false)
            _ = try await KeyRotation.run(house.server.settings, newKeyFile: given, as: .console)
            await keeper.catchUp()  // nobody told it
            #expect(keeper.sealer.key.id == old.id)
            #expect(try file.read()?.id == old.id)
            keeper.hear(try old.seal(new.bytes, for: .handover))
            await keeper.catchUp()
            #expect(keeper.sealer.key.id == new.id)
            #expect(try file.read()?.id == new.id)
            #expect(try file.readOld(old.id) != nil)
            #expect(try file.readSuccessor() == nil)
            #expect(try credentials.read() == ["setup.secret": "kept"])
            unlink(file.pathOfOld(old.id))
            #expect(try credentials.read() == ["setup.secret": "kept"], "it was sealed with the new key")
        }
    }

    @Test func `a damaged value stops the rotation, and nothing changes`() async throws {
        try await withHouse { house in
            _ = try await secondFactor(house)
            try await house.server.database.write { tx in
                let sealed: [UInt8] = try tx.fetchRequired("SELECT secret FROM second_factors")
                let damaged = sealed.dropLast() + [sealed[sealed.count - 1] ^ 1]
                try tx.execute("UPDATE second_factors SET secret = \(Array(damaged))")
            }
            await expect(.conflict("a sealed value is damaged, in the table second_factors; nothing was changed")) {
                try await KeyRotation.run(house.server.settings, newKeyFile: nil, as: .console)
            }
            #expect(try await reopened(house).sealer.key.id == house.server.secrets.sealer.key.id)
            #expect(try await house.audited(.keyRotated) == [0])
        }
    }

    @Test func `only the command line can do it`() async throws {
        try await withHouse { house in
            await expect(.forbidden("only the command line can do this")) {
                try await KeyRotation.run(house.server.settings, newKeyFile: nil, as: house.ana)
            }
            await expect(.forbidden("only the command line can do this")) {
                try house.server.keyBackup.show(as: house.ana)
            }
            await expect(.forbidden("only the command line can do this")) {
                try await house.server.sealedCredentials.set("smtp.password", to: "x", as: house.ana)
            }
        }
    }

    @Test func `a copy is noted for the key that it is of`() async throws {
        try await withHouse { house in
            let copy = try house.server.keyBackup.show(as: .console)
            #expect(copy.text == house.server.secrets.sealer.key.text)
            _ = try await house.server.keyBackup.acknowledge(copy, as: .console)
            #expect(try await lastCopy(house)?.isOfPresentKey == true)
            #expect(try await lastCopy(house)?.at == house.clock.now)
            #expect(try await house.audited(.keyBackedUp) == [1])
            _ = try await KeyRotation.run(house.server.settings, newKeyFile: nil, as: .console)
            #expect(try await lastCopy(house)?.isOfPresentKey == false)
            await #expect(throws: ChatError.self) {
                try await house.server.keyBackup.acknowledge(copy, as: .console)
            }
        }
    }

    private func lastCopy(_ house: House) async throws -> (at: Timestamp, isOfPresentKey: Bool)? {
        try await house.server.database.read { tx in try KeyBackup.last(tx) }
    }
}

/// What a kill leaves behind, made by hand.
@Suite struct KilledRotationTests {
    @Test func `killed before the transaction, everything is as it was, and it begins again with the same key`()
        async throws
    {
        try await withHouse { house in
            let file = MasterKeyFile(settings: house.server.settings)
            let (old, new) = (house.server.secrets.sealer.key, MasterKey.random())
            let credentials = CredentialsFile(keys: file)
            try file.prepare(new)
            try credentials.write(["setup.secret": "kept"], for: [old, new])

            #expect(try await reopened(house).sealer.key.id == old.id)
            #expect(try credentials.read() == ["setup.secret": "kept"])
            try await house.server.sealedCredentials.set("smtp.password", to: "new", as: .console)
            #expect(try credentials.writingKeys(old).map(\.id) == [old.id, new.id], "both, until it is decided")
            let receipt = try await KeyRotation.run(house.server.settings, newKeyFile: nil, as: .console)
            #expect(receipt.to == new.id)
            #expect(try credentials.read() == ["setup.secret": "kept", "smtp.password": "new"])
        }
    }

    @Test(arguments: [false, true])
    func `killed after the transaction, the next start ends it`(isAdopted: Bool) async throws {
        try await withHouse { house in
            let file = MasterKeyFile(settings: house.server.settings)
            let old = house.server.secrets.sealer.key
            let credentials = CredentialsFile(keys: file)
            try credentials.write(["setup.secret": "kept"], for: [old])
            _ = try await KeyRotation.run(house.server.settings, newKeyFile: nil, as: .console)
            let new = try #require(try file.read())
            try credentials.write(["setup.secret": "kept"], for: [old, new])
            if !isAdopted {
                #expect(rename(file.path, file.path + ".new") == 0)
                #expect(rename(file.pathOfOld(old.id), file.path) == 0)
            }
            #expect(try credentials.read() == ["setup.secret": "kept"])
            #expect(try await reopened(house).sealer.key.id == new.id)
            #expect(try file.read()?.id == new.id)
            #expect(try file.readSuccessor() == nil)
            #expect(try file.readOld(old.id) != nil)
            #expect(try credentials.writingKeys(new).map(\.id) == [new.id])
            #expect(try credentials.read() == ["setup.secret": "kept"])
        }
    }

    @Test func `killed after the transaction, the command itself ends it and rotates no second time`() async throws {
        try await withHouse { house in
            let file = MasterKeyFile(settings: house.server.settings)
            let old = house.server.secrets.sealer.key
            let first = try await KeyRotation.run(house.server.settings, newKeyFile: nil, as: .console)
            #expect(rename(file.path, file.path + ".new") == 0)
            #expect(rename(file.pathOfOld(old.id), file.path) == 0)
            let second = try await KeyRotation.run(house.server.settings, newKeyFile: nil, as: .console)
            #expect(second.to == first.to && second.values == nil)
            #expect(try file.read()?.id == first.to)
        }
    }

    @Test func `an older database is refused, and comes to the present key when asked to`() async throws {
        try await withHouse { house in
            let settings = house.server.settings
            let file = MasterKeyFile(settings: settings)
            let old = house.server.secrets.sealer.key
            try CredentialsFile(keys: file).write(["setup.secret": "kept"], for: [old])
            let new = MasterKey.random()
            try file.adopt(new)  // as if the database were from before
            await expect(
                .conflict(
                    "the database belongs to the master key \(old.id), not to \(new.id); that one was replaced; "
                        + "run: homechat credentials rotate-key")
            ) { try await reopened(house) }
            #expect(try file.read()?.id == new.id)
            #expect(try file.readOld(old.id)?.id == old.id)
            let receipt = try await KeyRotation.run(settings, newKeyFile: nil, as: .console)
            #expect(receipt.from == old.id && receipt.to == new.id)
            #expect(try await reopened(house).sealer.key.id == new.id)
            #expect(try CredentialsFile(keys: file).read() == ["setup.secret": "kept"])
        }
    }

    @Test func `a missing or an unknown key is refused, and nothing is made in its place`() async throws {
        try await withHouse { house in
            let file = MasterKeyFile(settings: house.server.settings)
            let key = house.server.secrets.sealer.key
            unlink(file.path)
            await expect(
                .conflict("the database belongs to the master key \(key.id), and \(file.path) is missing; put it back")
            ) { try await reopened(house) }
            #expect(!FileManager.default.fileExists(atPath: file.path))
            let other = MasterKey.random()
            try file.write(other)
            let refusal = ChatError.conflict(
                "the database belongs to the master key \(key.id), not to \(other.id); nothing was changed")
            await expect(refusal) { try await reopened(house) }
            await expect(refusal) {
                try await KeyRotation.run(house.server.settings, newKeyFile: nil, as: .console)
            }
            #expect(try file.read()?.id == other.id)
        }
    }
}

/// The key is handed over, so only whoever does that can replace it.
@Suite struct HandedOverKeyTests {
    @Test(arguments: [true, false])
    func `the command asks for the new key, and says where it has to go`(isFile: Bool) async throws {
        try await withHouse { house in
            let (old, new) = (house.server.secrets.sealer.key, MasterKey.random())
            let settings = try handedOver(old, isFile, house)
            do {
                _ = try await KeyRotation.run(settings, newKeyFile: nil, as: .console)
                Issue.record("rotated what it cannot keep")
            } catch {
                #expect("\(error)".contains("--new-key-file FILE") && "\(error)".contains("which only you can change"))
            }
            let given = try write(new, house, "given.key")
            let receipt = try await KeyRotation.run(settings, newKeyFile: given, as: .console)
            #expect(receipt.to == new.id && receipt.place == (isFile ? settings.masterKeyFile : "HOMECHAT_MASTER_KEY"))
            #expect(receipt.oldKeyPath == nil)
            #expect(try await reopened(house, try handedOver(new, isFile, house)).sealer.key.id == new.id)
            await #expect(throws: ChatError.self) { try await reopened(house, try handedOver(old, isFile, house)) }
            // Again, for whoever does not know whether it came to its end.
            let again = try await KeyRotation.run(
                try handedOver(old, isFile, house), newKeyFile: given, as: .console)
            #expect(again.values == nil && again.to == new.id)
        }
    }

    @Test(arguments: [0o666, 0o444, 0o640])
    func `a file that somebody names has to be its owner's alone`(mode: Int) async throws {
        try await withHouse { house in
            let settings = try handedOver(house.server.secrets.sealer.key, true, house)
            let file = try #require(settings.masterKeyFile)
            chmod(file, mode_t(mode))
            await #expect(throws: ChatError.self) { try await reopened(house, settings) }
            chmod(file, 0o400)
            _ = try await reopened(house, settings)
        }
    }

    private func handedOver(_ key: MasterKey, _ isFile: Bool, _ house: House) throws -> Settings {
        var settings = house.server.settings
        unlink(settings.dataDirectory + "/master.key")
        if isFile {
            settings.masterKeyFile = try write(key, house, "handed-over")
        } else {
            settings.masterKey = key.text
        }
        return settings
    }
}

/// Ben's second step.
private func secondFactor(
    _ house: House
) async throws -> (password: OneTimePassword, codes: [String], me: Principal) {
    let entered = try await house.enter("ben")
    let me = try #require(try await house.server.credentials.principal(cookie: entered.token))
    _ = try await house.server.secondFactors.prepare(as: me)
    let sealed: [UInt8] = try await house.server.database.read { tx in
        try tx.fetchRequired("SELECT secret FROM second_factors WHERE user_id = \(house.ben.user)")
    }
    let password = OneTimePassword(secret: try house.server.secrets.sealer.open(sealed, for: .totp))
    let code = password.code(step: OneTimePassword.step(at: house.clock.now))
    let enabled = try await house.server.secondFactors.enable(code: code, as: me)
    house.clock.advance(by: .seconds(60))
    return (password, enabled.backupCodes.map(\.text), me)
}

/// As another process would, beside the one that is there.
@discardableResult private func reopened(_ house: House, _ settings: Settings? = nil) async throws -> Secrets {
    try await Secrets.open(MasterKeyFile(settings: settings ?? house.server.settings), house.server.database)
}

private func write(_ key: MasterKey, _ house: House, _ name: String) throws -> String {
    let file = PrivateFile(path: "\(house.server.settings.dataDirectory)/\(name)")
    try file.replace(with: Data(key.text.utf8))
    return file.path
}

private func mode(_ house: House, _ name: String) throws -> mode_t {
    var status = stat()
    try #require(stat("\(house.server.settings.dataDirectory)/\(name)", &status) == 0)
    return status.st_mode & 0o777
}
