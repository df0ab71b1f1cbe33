import Foundation
import Testing

@testable import HomeChat

@Suite struct CredentialsTests {
    @Test func `credentials win over the file, the environment over them, a flag over all`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.write("setup: {secret: file}\nsmtp: {password: file}\ndatabase_url: 'sqlite3:file'\nhost: ::1\n")
        #expect(try folder.load().setupSecret == "file")
        try folder.keep(["setup.secret": "kept", "smtp.password": "kept", "database_url": "sqlite3:kept"])
        let settings = try folder.load(["HOMECHAT_SMTP_PASSWORD": "variable", "DATABASE_URL": "sqlite3:variable"])
        #expect(settings.setupSecret == "kept" && settings.mail.password == "variable" && settings.host == "::1")
        #expect(settings.databaseURL == .sqlite(path: "variable"))
        #expect(try folder.load().databaseURL == .sqlite(path: "kept"))
        #expect(try folder.load([:], ["--database-url=sqlite3:flag"]).databaseURL == .sqlite(path: "flag"))
        #expect(try folder.load(withCredentials: false).setupSecret == "file")
    }

    @Test(arguments: [
        ("smtp.pasword: x", "credentials:1: unknown setting \"smtp.pasword\"; did you mean \"smtp.password\"?"),
        ("\nsmtp:\n  pasword: x", "credentials:3: unknown setting \"smtp.pasword\"; did you mean \"smtp.password\"?"),
        ("host: ::1", "credentials:1: host is no secret; it belongs into homechat.yaml"),
        ("master_key: x", "credentials:1: unknown setting \"master_key\""),
        ("setup.secret: \"two\\nhidden\"", "credentials:1: setup.secret must have 1 to 1000 printable characters"),
        ("setup.secret: [hidden]", "credentials:1: setup.secret must be a single value"),
        ("setup.secret: hidden\nsetup: {secret: hidden}", "credentials:2: setup.secret is given twice"),
        ("setup.secret: hidden\nsetup.secret: hidden", "credentials: are not YAML: a name is given twice, near line 1"),
        ("- hidden", "credentials:1: must hold `name: value` lines"),
        (
            "setup.secret: \"hidden",
            "credentials: are not YAML: found unexpected end of stream, in line 1"
        ),
        ("database_url: mysql://db/hidden", "credentials:1: database_url must be postgres://… or sqlite3:PATH"),
    ])
    func `an unfit text is refused with its line and without its values`(text: String, problem: String) {
        do throws(SettingsError) {
            _ = try CredentialsText.parse(text)
            Issue.record("taken: \(text)")
        } catch {
            #expect(error.description == problem)
            #expect(!error.description.contains("hidden"))
        }
    }

    @Test(arguments: [
        "plain", "two words", #"q"uo't\e"#, "#no-comment", "{a:b}", "- x".replacing(" ", with: ""), "true", "0123", "~",
    ])
    func `a value comes back from the editor as it was`(value: String) throws {
        let values = ["smtp.password": value, "setup.secret": "other"]
        #expect(try CredentialsText.parse(CredentialsText.render(values)) == values)
        #expect(try CredentialsText.parse(CredentialsText.render([:])) == [:])
    }

    @Test func `what stops a server from opening them is said in one line, and nothing is overwritten`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.keep(["setup.secret": "canary-value"])
        let key = try #require(try folder.file.keys.read())
        let good = try #require(FileManager.default.contents(atPath: folder.file.path))
        let path = folder.file.path

        for damage in [
            good.dropLast(9), good.dropFirst(), Data("homechat credentials 1\n".utf8), good + Data("x\n".utf8), Data(),
        ] {
            try Data(damage).write(to: URL(fileURLWithPath: path))
            let text = folder.refusal()
            if damage.count > good.count {
                #expect(text == nil, "the first line is whole")
            } else {
                #expect(text == "\(path): is damaged; put back a copy of it, or move it away and set its values again")
                #expect(FileManager.default.contents(atPath: path) == Data(damage))
            }
        }
        try good.write(to: URL(fileURLWithPath: path))
        #expect(!String(decoding: good, as: UTF8.self).contains("canary"))

        let other = MasterKey.random()
        unlink(folder.file.keys.path)
        #expect(
            folder.refusal()
                == "\(path): is sealed, and the master key \(key.id) is missing; put \(folder.file.keys.path) back")
        try folder.file.keys.write(other)
        #expect(folder.refusal() == "\(path): was sealed with the master key \(key.id), not with \(other.id)")
        #expect(folder.refusal(["HOMECHAT_MASTER_KEY": key.text]) == nil)
        chmod(folder.file.keys.path, 0o640)
        #expect(
            folder.refusal()
                == "\(path): \(folder.file.keys.path) can be read by others; run: chmod 600 \(folder.file.keys.path)")
        #expect(FileManager.default.contents(atPath: path) == good)
    }

    @Test func `each bit of the file counts`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.keep(["setup.secret": "kept"])
        let key = try #require(try folder.file.keys.read())
        let sealed = try key.seal(Array("{}".utf8), for: .credentials)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 0x10
            let text = "homechat credentials 1\n\(Data(changed).base64EncodedString())\n"
            try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file.path))
            #expect(throws: ChatError.self) { try folder.file.read() }
        }
        // Sealed well, and for something else.
        let foreign = Data(try key.seal(Array("{}".utf8), for: .totp)).base64EncodedString()
        try Data("homechat credentials 1\n\(foreign)\n".utf8).write(to: URL(fileURLWithPath: folder.file.path))
        #expect(throws: ChatError.self) { try folder.file.read() }
    }

    @Test func `a name that this version does not know is refused by name`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        try folder.keep(["smtp.pass": "hidden"])
        #expect(folder.refusal() == "\(folder.file.path): unknown setting \"smtp.pass\"")
    }

    @Test func `changes are written down by name, never with their value`() async throws {
        try await withHouse { house in
            let credentials = house.server.sealedCredentials
            try await credentials.set("smtp.password", to: "canary-value", as: .console)
            try await credentials.set("smtp.password", to: "canary-value", as: .console)  // nothing new
            #expect(try credentials.value(of: "smtp.password") == "canary-value")
            try await credentials.unset("smtp.password", as: .console)
            await expect(.notFound("credential smtp.password")) {
                try await credentials.unset("smtp.password", as: .console)
            }
            let details: [String] = try await house.server.database.read { tx in
                try tx.fetchAll(
                    "SELECT details FROM audit_logs WHERE target = 'setting:smtp.password' ORDER BY id")
            }
            #expect(
                details == [#"{"change":"set","in":"credentials"}"#, #"{"change":"unset","in":"credentials"}"#])
        }
    }

    @Test func `a service manager's credential is the master key`() throws {
        let folder = try Folder()
        defer { folder.remove() }
        for name in ["master_key", "master.key"] {
            let service = "\(folder.path)/\(name)-of-service"
            try FileManager.default.createDirectory(atPath: service, withIntermediateDirectories: true)
            let key = MasterKey.random()
            try PrivateFile(path: "\(service)/\(name)").create(with: Data(key.text.utf8))
            let settings = try folder.load(["CREDENTIALS_DIRECTORY": service])
            #expect(try MasterKeyFile(settings: settings).read()?.id == key.id)
            let own = MasterKey.random().text
            #expect(
                try folder.load(["CREDENTIALS_DIRECTORY": service, "HOMECHAT_MASTER_KEY": own]).masterKeyFile == nil)
        }
        #expect(try folder.load(["CREDENTIALS_DIRECTORY": "/nonexistent"]).masterKeyFile == nil)
    }
}

/// A data directory of its own for one test.
private struct Folder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "homechat-credentials-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    var file: CredentialsFile {
        var settings = Settings()
        settings.dataDirectory = path
        return CredentialsFile(keys: MasterKeyFile(settings: settings))
    }

    func write(_ yaml: String) throws {
        try Data(yaml.utf8).write(to: URL(fileURLWithPath: path + "/homechat.yaml"))
    }

    func keep(_ values: [String: String]) throws {
        if try file.keys.read() == nil { try file.keys.write(.random()) }
        try file.write(values, for: [try #require(try file.keys.read())])
    }

    func load(
        _ environment: [String: String] = [:], _ arguments: [String] = [], withCredentials: Bool = true
    ) throws(SettingsError) -> Settings {
        try Settings.load(
            arguments: ["--data-dir=" + path] + arguments, environment: environment, withCredentials: withCredentials)
    }

    func refusal(_ environment: [String: String] = [:]) -> String? {
        do throws(SettingsError) { _ = try load(environment) } catch { return error.description }
        return nil
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)  // what stays is the system's to clear
    }
}
