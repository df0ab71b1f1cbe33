import Foundation
import Storage
import Testing

@testable import HomeChat

@Suite struct FileCheckTests {
    private func run(
        _ house: House, verifies: Bool = false, removesStrays: Bool = false
    ) async throws -> FileCheck.Report {
        try await house.server.fileCheck.run(verifies: verifies, removesStrays: removesStrays, as: .console)
    }

    private func write(_ words: String, _ name: String, _ house: House) throws {
        try Data(words.utf8).write(to: URL(fileURLWithPath: house.folder.place(of: name)))
    }

    @Test func `a folder as it should be is sound`() async throws {
        try await withHouse { house in
            #expect(try await run(house).isSound)
            let file = try await house.upload("picture", preview: true, as: house.ana)
            _ = try await house.send(file, in: house.home, as: house.ana)
            _ = try await house.upload("waiting", as: house.ana)
            let report = try await run(house, verifies: true)
            #expect(report.isSound && report.problems.isEmpty)
            #expect(report.contents == 2 && report.previews == 1 && report.bytes == 7 + 5 + 7)
        }
    }

    @Test func `what is missing, cut or changed is named, with the messages that show it`() async throws {
        try await withHouse { house in
            let files = try await ["missing", "cut", "changed", "preview"].asyncMap {
                try await house.upload($0, preview: true, as: house.ana)
            }
            var messages: [Message.ID] = []
            for file in files { messages.append(try await house.send(file, in: house.family, as: house.ana)) }
            house.folder.remove(files[0].content.storedAs)
            try write("cu", files[1].content.storedAs, house)
            try write("changes", files[2].content.storedAs, house)
            house.folder.remove(try #require(files[3].content.preview?.storedAs))

            let quick = try await run(house)
            #expect(quick.counts == [.missing: 2, .wrongSize: 1] && !quick.isSound)
            let report = try await run(house, verifies: true)
            #expect(report.counts == [.missing: 2, .wrongSize: 1, .wrongHash: 1] && !report.isSound)
            let kinds: [FileCheck.Problem.Kind] = [.missing, .wrongSize, .wrongHash, .missing]
            for (message, kind) in zip(messages, kinds) {
                let problem = try #require(report.problems.first { $0.messages == [message] })
                #expect(problem.kind == kind)
            }
            // It only looks.
            #expect(try await run(house, verifies: true).counts == report.counts)
        }
    }

    @Test func `strays are told, and removed where somebody says so`() async throws {
        try await withHouse { house in
            let kept = try await house.upload("kept", as: house.ana)
            let strays = try (0..<5).map { try house.lay("stray \($0)") }
            let odd = String(kept.content.storedAs.prefix(2)) + "/notes.txt"
            try Data("x".utf8).write(to: URL(fileURLWithPath: "\(house.folder.path)/\(odd)"))
            let report = try await run(house)
            #expect(report.counts == [.stray: 6] && !report.isSound && house.stored.count == 7)
            #expect(Set(report.problems.map(\.path)) == Set(strays.map { "\($0.prefix(2))/\($0)" } + [odd]))
            let removed = try await run(house, removesStrays: true)
            #expect(removed.removed == 6 && removed.isSound && house.stored == [kept.content.storedAs])
            #expect(try await run(house).counts.isEmpty)
        }
    }

    @Test func `what came a moment ago is on its way in`() async throws {
        try await withHouse { house in
            _ = try house.lay("on its way")
            house.clock.advance(by: .milliseconds(Timestamp.now.milliseconds - house.clock.now.milliseconds))
            #expect(try await run(house, removesStrays: true).isSound)
            #expect(house.stored.count == 1)
        }
    }

    @Test func `of a great many problems a thousand are listed and all are counted`() async throws {
        try await withHouse { house in
            try await house.server.database.write { tx in
                try tx.execute(
                    """
                    INSERT INTO file_contents (sha256, stored_as, content_type, byte_size, created_at)
                    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200)
                    SELECT 'x' || n, 'ab' || n, 'a/b', 1, 0 FROM numbers
                    """)
            }
            let report = try await run(house)
            #expect(report.counts == [.missing: 1200] && report.problems.count == 1000)
        }
    }

    @Test func `only admins look`() async throws {
        try await withHouse { house in
            await expect(.forbidden("only an admin can do this")) {
                try await house.server.fileCheck.run(verifies: false, removesStrays: true, as: house.ben)
            }
            await expect(.forbidden("only an admin can do this")) {
                try await house.server.diskUse.figures(as: house.ben)
            }
        }
    }

    @Test func `room is counted by what takes it, bytes that two messages have once`() async throws {
        try await withHouse { house in
            let one = try await house.upload("picture", preview: true, as: house.ana)
            let two = try await house.upload("picture", as: house.ben)
            _ = try await house.send(one, in: house.home, as: house.ana)
            _ = try await house.send(two, in: house.home, as: house.ben)
            let figures = try await house.server.diskUse.figures(as: house.ana)
            #expect(figures.files == 7 && figures.previews == 5 && figures.count == 2)
            #expect(figures.database > 100_000 && figures.everUploaded == 2)
            #expect(try #require(figures.free) > 0)
            for file in [one, two] {
                let message = try #require(try await house.server.files.find(key: file.key, as: house.ana).file.message)
                try await house.server.messages.delete(message, as: house.ana)
            }
            try await house.sweeper.sweep()
            let after = try await house.server.diskUse.figures(as: house.ana)
            #expect(after.files == 0 && after.previews == 0 && after.count == 0 && after.everUploaded == 2)
        }
    }
}

extension Array {
    fileprivate func asyncMap<Result>(_ change: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await change(element)) }
        return results
    }
}
