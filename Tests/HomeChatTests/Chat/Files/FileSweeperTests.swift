import Foundation
import Storage
import Testing

@testable import HomeChat

@Suite struct FileSweeperTests {
    @Test func `with the last message that has them the bytes go, and not before`() async throws {
        try await withHouse { house in
            let one = try await house.upload("picture", preview: true, as: house.ana)
            let two = try await house.upload("picture", as: house.ben)
            #expect(one.content.id == two.content.id)
            let first = try await house.send(one, in: house.home, as: house.ana)
            let second = try await house.send(two, in: house.family, as: house.ben)
            try await house.server.messages.delete(first, as: house.ana)
            try await house.sweeper.sweep()
            #expect(house.stored.contains(one.content.storedAs))
            #expect(try await house.isThere(two, for: house.ana))
            #expect(try await !house.isThere(one, for: house.ana))
            try await house.server.messages.delete(second, as: house.ben)
            try await house.sweeper.sweep()
            #expect(try await house.count("file_contents") == 0)
            // What the second upload laid for nothing is a stray, as after a crash.
            #expect(!house.stored.contains(one.content.storedAs))
            #expect(try !house.stored.contains(#require(one.content.preview?.storedAs)))
        }
    }

    @Test func `what waits for its message for a day goes, and what waits for less stays`() async throws {
        try await withHouse { house in
            let old = try await house.upload("old", as: house.ana)
            house.clock.advance(by: .hours(23))
            let young = try await house.upload("young", as: house.ana)
            let sent = try await house.upload("sent", as: house.ana)
            _ = try await house.send(sent, in: house.home, as: house.ana)
            house.clock.advance(by: .hours(2))
            try await house.sweeper.sweep()
            #expect(house.stored.sorted() == [young.content.storedAs, sent.content.storedAs].sorted())
            #expect(try await !house.isThere(old, for: house.ana))
            #expect(try await house.isThere(young, for: house.ana))
            await expect(.invalid("file_ids", "has a file that is not yours, or not there any more")) {
                try await house.send(old, in: house.home, as: house.ana)
            }
        }
    }

    @Test func `in read-only mode nothing is taken away`() async throws {
        try await withHouse { house in
            let file = try await house.upload("old", as: house.ana)
            let gone = try await house.upload("withdrawn", as: house.ana)
            try await house.server.files.withdraw(gone.id, as: house.ana)
            try await house.server.database.write { tx in
                try tx.execute(
                    "INSERT INTO linked_pages (url_key, url, state, changed_at) VALUES ('x', 'https://a.org', 'ready', 0)"
                )
            }
            house.clock.advance(by: .days(30))
            _ = try await house.server.emergencies.take(.readOnly(true), as: .console)
            try await house.sweeper.sweep()
            try await house.server.linkPreviews.removeOld()
            #expect(house.stored.sorted() == [file.content.storedAs, gone.content.storedAs].sorted())
            #expect(try await house.isThere(file, for: house.ana))
            #expect(try await house.count("file_contents") == 2)
            #expect(try await house.count("linked_pages") == 1)
            _ = try await house.server.emergencies.take(.readOnly(false), as: .console)
            try await house.sweeper.sweep()
            try await house.server.linkPreviews.removeOld()
            #expect(house.stored.isEmpty)
            #expect(try await house.count("linked_pages") == 0)
        }
    }

    @Test func `many are swept in slices`() async throws {
        try await withHouse { house in
            for number in 0..<20 { _ = try await house.upload("\(number)", as: house.ana) }
            try await house.server.database.write { tx in
                try tx.execute(
                    """
                    INSERT INTO file_contents (sha256, stored_as, content_type, byte_size, created_at)
                    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200)
                    SELECT 'x' || n, 'y' || n, 'a/b', 1, 0 FROM numbers
                    """)
            }
            house.clock.advance(by: .days(2))
            try await house.sweeper.sweep()
            #expect(try await house.count("file_contents") == 0)
            #expect(house.stored.isEmpty)
        }
    }

    // What can come between the steps of sweeping and those of an upload with the same bytes.

    @Test func `bytes that are sent again after they were found unused stay`() async throws {
        try await withHouse { house in
            let gone = try await house.upload("picture", as: house.ana)
            try await house.server.files.withdraw(gone.id, as: house.ana)
            let unused = try await house.sweeper.findUnused()
            #expect(unused == [gone.content.id])
            let again = try await house.upload("picture", as: house.ben)
            #expect(again.content.storedAs == gone.content.storedAs)
            #expect(try await house.sweeper.removeRows(of: unused) == [])
            #expect(try await house.isThere(again, for: house.ben))
            #expect(house.stored.contains(again.content.storedAs))
        }
    }

    @Test func `bytes that are sent again while the old ones go are others`() async throws {
        try await withHouse { house in
            let gone = try await house.upload("picture", as: house.ana)
            // Laid before the row of the old ones goes, recorded after that and before the old bytes go.
            let name = try house.lay("picture")
            try await house.server.files.withdraw(gone.id, as: house.ana)
            let names = try await house.sweeper.removeRows(of: try await house.sweeper.findUnused())
            #expect(names == [gone.content.storedAs])
            let again = try await house.upload("picture", storedAs: name, as: house.ben)
            house.folder.remove(names)
            #expect(again.content.storedAs == name && house.stored == [name])
            #expect(try Data(contentsOf: URL(fileURLWithPath: house.folder.place(of: name))) == Data("picture".utf8))
        }
    }

    @Test func `two nodes sweep the same folder and take each file once`() async throws {
        try await withHouse { house in
            for number in 0..<30 {
                let file = try await house.upload("\(number)", as: house.ana)
                try await house.server.files.withdraw(file.id, as: house.ana)
            }
            let (one, two) = (house.sweeper, house.sweeper)
            let unused = try await one.findUnused()
            #expect(unused.count == 30)
            async let first = one.removeRows(of: unused)
            async let second = two.removeRows(of: unused)
            let names = try await first + second
            #expect(names.count == 30 && Set(names).count == 30)
        }
    }

    @Test func `what a crash left between the row and the bytes is found as a stray`() async throws {
        try await withHouse { house in
            let kept = try await house.upload("kept", as: house.ana)
            let gone = try await house.upload("gone", as: house.ana)
            try await house.server.files.withdraw(gone.id, as: house.ana)
            _ = try await house.sweeper.removeRows(of: try await house.sweeper.findUnused())
            #expect(house.stored.count == 2)
            try await house.sweeper.removeStrays()
            #expect(house.stored == [kept.content.storedAs])
        }
    }

    @Test func `bytes that are not recorded yet are no strays for an hour`() async throws {
        try await withHouse { house in
            let kept = try await house.upload("kept", as: house.ana)
            let stray = try house.lay("on its way")
            house.clock.advance(by: .milliseconds(Timestamp.now.milliseconds - house.clock.now.milliseconds))
            try await house.sweeper.removeStrays()
            #expect(house.stored.contains(stray))
            house.clock.advance(by: .hours(1) + .seconds(2))
            try await house.sweeper.removeStrays()
            #expect(house.stored == [kept.content.storedAs])
        }
    }

    @Test func `a database that knows less than half of the folder removes nothing of it`() async throws {
        try await withHouse { house in
            _ = try await house.upload("kept", as: house.ana)
            let strays = try ["one", "two"].map { try house.lay($0) }
            try await house.sweeper.removeStrays()
            #expect(house.stored.count == 3 && Set(strays).isSubset(of: house.stored))
        }
    }

    @Test func `only what we would have put there is taken away`() async throws {
        try await withHouse { house in
            let kept = try await house.upload("kept", as: house.ana)
            let start = String(kept.content.storedAs.prefix(2))
            for path in [
                "\(start)/notes.txt", "\(start)/.nfs0001", "README", "lost+found/\(String(repeating: "a", count: 32))",
            ] {
                let place = URL(fileURLWithPath: "\(house.folder.path)/\(path)")
                try FileManager.default.createDirectory(
                    at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data("mine".utf8).write(to: place)
            }
            try await house.sweeper.removeStrays()
            #expect(house.stored.count == 3)
            #expect(FileManager.default.fileExists(atPath: house.folder.path + "/README"))
        }
    }

    @Test func `an upload that ended with its server is swept, and one that goes on is not`() async throws {
        try await withHouse { house in
            let folders = try (house.folder.openIncoming(), house.folder.openIncoming())
            house.folder.removeLeftovers(before: .now - .hours(1))
            #expect(FileManager.default.fileExists(atPath: folders.0))
            house.folder.removeLeftovers(before: .now + .seconds(2))
            #expect(!FileManager.default.fileExists(atPath: folders.0))
            #expect(!FileManager.default.fileExists(atPath: folders.1))
        }
    }

    @Test func `while one file of a form comes in, those before it are not swept`() async throws {
        try await withHouse { house in
            let folder = try house.folder.openIncoming()
            let files = try (0..<2).map { _ in
                try house.folder.openIncoming(within: folder) + "/" + FileFolder.uploadName
            }
            try Data("whole".utf8).write(to: URL(fileURLWithPath: files[0]))
            let whole = try #require(FileStatus(at: files[0])).changedAt
            var last = whole
            while last <= whole {
                try Data("half".utf8).write(to: URL(fileURLWithPath: files[1]))
                last = try #require(FileStatus(at: files[1])).changedAt
            }
            house.folder.removeLeftovers(before: last)
            #expect(FileStatus(at: files[0]) != nil)
            house.folder.removeLeftovers(before: last + .seconds(1))
            #expect(FileStatus(at: folder) == nil)
        }
    }

    @Test func `strays are looked for once a day, by one node`() async throws {
        try await withHouse { house in
            _ = try await house.upload("kept", as: house.ana)
            try await house.sweeper.sweep()
            let stray = try house.lay("stray")
            try await house.sweeper.sweep()
            #expect(house.stored.contains(stray))
            house.clock.advance(by: .hours(23))
            try await house.server.database.write { tx in
                try tx.execute("UPDATE files SET created_at = \(house.clock.now)")
            }
            try await house.sweeper.sweep()
            #expect(house.stored.contains(stray))
            house.clock.advance(by: .hours(2))
            try await house.sweeper.sweep()
            #expect(!house.stored.contains(stray))
        }
    }

    @Test func `a picture of a linked page is not unused`() async throws {
        try await withHouse { house in
            let file = try await house.upload("picture", as: house.ana)
            try await house.server.database.write { tx in
                try tx.execute(
                    """
                    INSERT INTO linked_pages (url_key, url, state, image_id, changed_at)
                    VALUES ('x', 'https://example.org', 'ready', \(file.content.id), 0)
                    """)
            }
            try await house.server.files.withdraw(file.id, as: house.ana)
            try await house.sweeper.sweep()
            #expect(house.stored == [file.content.storedAs])
            try await house.server.database.write { tx in try tx.execute("DELETE FROM linked_pages") }
            try await house.sweeper.sweep()
            #expect(house.stored.isEmpty)
        }
    }
}
