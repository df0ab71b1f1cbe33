import Foundation
import Synchronization
import Testing

@testable import HomeChat

/// Where a test's data lies: a folder, and on PostgreSQL a database of its own.
struct HousePlace: Sendable {
    let folder: String
    let database: String?

    private static let serverURL = ProcessInfo.processInfo.environment["HOMECHAT_TEST_DATABASE_URL"]
    private static let template = Task { try await makeTemplate() }

    /// The household, as a copy of one that was furnished once.
    static func copyOfTemplate() async throws -> HousePlace {
        let template = try await template.value
        await Gate.houses.enter()
        let place = new()
        if let from = template.database, let to = place.database {
            try psql("CREATE DATABASE \(to) TEMPLATE \(from)")
        }
        // The master key lies in the folder, on both engines.
        try FileManager.default.copyItem(atPath: template.folder, toPath: place.folder)
        return place
    }

    /// Nothing in it yet.
    static func empty() async throws -> HousePlace {
        await Gate.houses.enter()
        let place = new()
        if let database = place.database { try psql("CREATE DATABASE \(database)") }
        return place
    }

    private static let templateName = newName()

    private static func newName() -> String { "homechat_house_\(UInt64.random(in: 0 ..< .max))" }

    private static func new(named name: String = newName()) -> HousePlace {
        HousePlace(folder: NSTemporaryDirectory() + name, database: serverURL == nil ? nil : name)
    }

    private static func makeTemplate() async throws -> HousePlace {
        let place = new(named: templateName)
        if let database = place.database { try psql("CREATE DATABASE \(database)") }
        // Needed to the last test; a database goes with its server.
        atexit { try? FileManager.default.removeItem(atPath: NSTemporaryDirectory() + HousePlace.templateName) }
        let clock = TestClock()
        let server = try await ChatServer.assemble(settings: place.settings, now: { clock.now })
        try await House.furnish(server)
        try await server.close()
        return place
    }

    var settings: Settings {
        get throws {
            var settings = Settings()
            settings.dataDirectory = folder
            settings.rateLimits = .off
            if let database, let url = Self.serverURL {
                var components = try #require(URLComponents(string: url))
                components.path = "/" + database
                settings.databaseURL = .postgres(try #require(components.string))
            }
            return settings
        }
    }

    func remove() async throws {
        if let database { try Self.psql("DROP DATABASE \(database) WITH (FORCE)") }
        try? FileManager.default.removeItem(atPath: folder)
        await Gate.houses.leave()
    }

    private static func psql(_ statement: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["psql", "--quiet", "--command", statement, try #require(serverURL)]
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }
}
