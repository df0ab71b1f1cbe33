import Foundation
import Testing

@testable import Storage

@Suite struct SQLiteTests {
    @Test func `what is acknowledged survives a power cut`() async throws {
        try await withDatabase(.sqlite) { database in
            let synchronous: Int = try await database.write { try $0.fetchRequired("PRAGMA synchronous") }
            #expect(synchronous == 2)  // FULL
            let mode: String = try await database.write { try $0.fetchRequired("PRAGMA journal_mode") }
            #expect(mode == "wal")
        }
    }

    @Test func `each connection has its settings`() async throws {
        try await withDatabase(.sqlite) { database in
            let check = { @Sendable (tx: borrowing Transaction) throws in
                #expect(try tx.fetchRequired("PRAGMA foreign_keys") == 1)
                #expect(try tx.fetchRequired("PRAGMA temp_store") == 2)  // MEMORY
                #expect(try tx.fetchRequired("PRAGMA busy_timeout") >= 5_000)
            }
            try await database.write(check)
            try await database.read(check)
        }
    }

    @Test func `the files are for this user alone`() async throws {
        try await withPlace(.sqlite) { place in
            let database = try await place.open()
            try await database.migrate([.things])
            for file in [place.file, place.file + "-wal", place.file + "-shm"] {
                #expect(try mode(file) == 0o600, "\(file)")
            }
        }
    }

    @Test func `the WAL stays short while writing never pauses, and is empty in the end`() async throws {
        try await withPlace(.sqlite) { place in
            let database = try await place.open()
            try await database.migrate([.things])
            let picture = [UInt8](repeating: 7, count: 200_000)
            for number in 0..<400 {
                try await database.write {
                    try $0.execute("INSERT INTO things (name, picture) VALUES (\("\(number)"), \(picture))")
                }
            }
            #expect(try size(place.file + "-wal") < 50_000_000)  // of 80 MB
            let timeout: Int = try await database.write { try $0.fetchRequired("PRAGMA busy_timeout") }
            #expect(timeout == 5_000)
            try await database.close()
            #expect(try size(place.file) > 80_000_000)
            let rest = (try? size(place.file + "-wal")) ?? 0  // gone, or empty
            #expect(rest == 0)
        }
    }

    @Test func `a command tells the running server before it ends`() async throws {
        try await withPlace(.sqlite) { place in
            let socket = place.folder + "/control.sock"
            let server = try await place.open(socket: socket)
            try await server.migrate([.things])
            try await server.listenForNotices()
            #expect(try mode(socket) == 0o600)

            let command = try await place.open(socket: socket)
            try await server.add("a", announcing: "from the server")
            try await command.add("b", announcing: "from the command")
            try await command.announce("not stored")
            try await server.add("c", announcing: "from the server again")
            let long = (0..<1_000).map { "notice \($0)" }
            try await command.write { tx in for notice in long { tx.announce(notice) } }
            let expected = ["from the server", "from the command", "not stored", "from the server again"] + long
            #expect(await server.heard(expected.count) == expected)
            #expect(try await server.names() == ["a", "b", "c"])
        }
    }

    @Test func `a command works when no server runs, or one has crashed`() async throws {
        try await withPlace(.sqlite) { place in
            let socket = place.folder + "/control.sock"
            let command = try await place.open(socket: socket)
            try await command.migrate([.things])
            try await command.add("a", announcing: "nobody listens")
            // What a crash leaves: the file of a socket on which nobody listens.
            _ = try UnixSocket(path: socket).listen()
            try await command.add("b", announcing: "nobody listens")
            try await command.listenForNotices()
            try await command.add("c", announcing: "now a server")
            #expect(await command.heard(1) == ["now a server"])
        }
    }

    @Test func `a second server on the same folder is refused until the first ends`() async throws {
        try await withPlace(.sqlite) { place in
            let socket = place.folder + "/control.sock"
            let first = try await place.open(socket: socket)
            let second = try await place.open(socket: socket)
            try await first.listenForNotices()
            await #expect(throws: StorageError.unavailable("another homechat is already serving this data directory")) {
                try await second.listenForNotices()
            }
            try await first.close()
            try await second.listenForNotices()
        }
    }

    @Test func `a folder with a long path has a socket too`() async throws {
        try await withPlace(.sqlite) { place in
            let folder = place.folder + "/" + String(repeating: "long", count: 40)
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let server = try await place.open(socket: folder + "/control.sock")
            try await server.listenForNotices()
            try await place.open(socket: folder + "/control.sock").announce("hello")
            #expect(await server.heard(1) == ["hello"])
        }
    }

    @Test func `who says what is no notice, or nothing at all, disturbs nobody`() async throws {
        try await withPlace(.sqlite) { place in
            let socket = place.folder + "/control.sock"
            let server = try await place.open(socket: socket)
            try await server.listenForNotices()
            let silent = try UnixSocket(path: socket).connect(timeout: .seconds(1))
            let stranger = try UnixSocket(path: socket).connect(timeout: .seconds(3))
            try stranger?.send(Array("GET / HTTP/1.1\r\n\n".utf8))
            #expect(stranger?.receive(until: [0x0a], maximumBytes: 100) == nil)
            withExtendedLifetime(silent) {}
            try await place.open(socket: socket).announce("hello")
            #expect(await server.heard(1) == ["hello"])
        }
    }

    private func size(_ path: String) throws -> Int {
        try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
}
