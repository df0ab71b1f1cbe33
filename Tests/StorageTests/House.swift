import Foundation
import Logging
import Storage
import Testing

/// A fresh database of each engine: a file in a folder of its own, and one on the server that
/// `HOMECHAT_TEST_DATABASE_URL` names, if any.
enum TestedEngine: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite, postgres

    static let serverURL = ProcessInfo.processInfo.environment["HOMECHAT_TEST_DATABASE_URL"]
    static var available: [TestedEngine] { serverURL == nil ? [.sqlite] : allCases }

    var testDescription: String { rawValue }
}

let logger = Logger(label: "storage tests") { _ in SwiftLogNoOpLogHandler() }

/// Lends a place for a database, and takes it away afterwards with all that was opened there.
func withPlace(_ engine: TestedEngine, _ body: (Place) async throws -> Void) async throws {
    await turnstile.enter()
    defer { Task { await turnstile.leave() } }
    let name = "homechat_test_\(UInt64.random(in: 0 ..< .max))"
    let place = Place(engine: engine, name: name)
    try await place.create()
    do {
        try await body(place)
    } catch {
        try? await place.remove()
        throw error
    }
    try await place.remove()
}

/// Lends a migrated database with the tables `things` and `parts`.
func withDatabase(_ engine: TestedEngine, _ body: (any Database) async throws -> Void) async throws {
    try await withPlace(engine) { place in
        let database = try await place.open()
        try await database.migrate([.things])
        try await body(database)
    }
}

/// Lets a few tests in at a time, since each takes several of the hundred connections that a server usually has.
private let turnstile = Turnstile(places: 8)

private actor Turnstile {
    private var places: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(places: Int) {
        self.places = places
    }

    func enter() async {
        places -= 1
        if places < 0 { await withCheckedContinuation { waiting.append($0) } }
    }

    func leave() {
        places += 1
        if !waiting.isEmpty { waiting.removeFirst().resume() }
    }
}

final class Place: Sendable {
    let engine: TestedEngine
    private let name: String
    private let opened = Opened()

    private actor Opened {
        var databases: [any Database] = []
        func append(_ database: any Database) { databases.append(database) }
    }

    init(engine: TestedEngine, name: String) {
        self.engine = engine
        self.name = name
    }

    var folder: String { NSTemporaryDirectory() + name }
    var file: String { folder + "/homechat.db" }

    /// Opens the database as one more process would; with a socket, as the server of the folder or a command beside it.
    @discardableResult func open(socket: String? = nil) async throws -> any Database {
        let database: any Database =
            switch engine {
            case .sqlite: try SQLiteDatabase(path: file, controlSocket: socket, logger: logger)
            case .postgres: try await PostgresDatabase(url: url, logger: logger)
            }
        await opened.append(database)
        return database
    }

    func create() async throws {
        switch engine {
        case .sqlite: try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        case .postgres: try await psql("CREATE DATABASE \(name)")
        }
    }

    func remove() async throws {
        for database in await opened.databases { try await database.close() }
        switch engine {
        case .sqlite: try FileManager.default.removeItem(atPath: folder)
        case .postgres: try await psql("DROP DATABASE \(name) WITH (FORCE)")
        }
    }

    private var url: String {
        get throws {
            let server = try #require(TestedEngine.serverURL)
            var components = try #require(URLComponents(string: server))
            components.path = "/" + name
            return try #require(components.string)
        }
    }

    /// Storage itself has no way to run a text made at run time, as it should.
    private func psql(_ statement: String) async throws {
        let server = try #require(TestedEngine.serverURL)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["psql", "--quiet", "--command", statement, server]
        let status = try await withCheckedThrowingContinuation { continuation in
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        try #require(status == 0)
    }
}

extension Migration {
    static let things = Migration(
        "things",
        """
        CREATE TABLE things (
            id \(type: .id),
            name \(type: .key) NOT NULL CONSTRAINT things_name_key UNIQUE,
            note \(type: .text),
            weight \(type: .real),
            is_kept \(type: .boolean) NOT NULL DEFAULT TRUE,
            picture \(type: .bytes),
            made_at \(type: .time) NOT NULL DEFAULT 0
        ) \(type: .strict)
        """,
        """
        CREATE TABLE parts (
            id \(type: .id),
            thing_id \(type: .reference) NOT NULL REFERENCES things (id) ON DELETE CASCADE,
            later_thing_id \(type: .reference) REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED
        ) \(type: .strict)
        """)
}

extension Database {
    @discardableResult func add(_ name: String, announcing notice: String? = nil) async throws -> Int64 {
        try await write { tx in
            let id: Int64 = try tx.fetchRequired("INSERT INTO things (name) VALUES (\(name)) RETURNING id")
            if let notice { tx.announce(notice) }
            return id
        }
    }

    func names() async throws -> [String] {
        try await read { try $0.fetchAll("SELECT name FROM things ORDER BY name") }
    }

    /// Takes this many notices, however they were bundled; nil stands for a gap.
    func heard(_ count: Int) async -> [String?] {
        var heard: [String?] = []
        for await notices in notices {
            switch notices {
            case .said(let said): heard += said
            case .gap: heard.append(nil)
            }
            if heard.count >= count { break }
        }
        return heard
    }
}
