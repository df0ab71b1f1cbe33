import Foundation
import Testing

@testable import HomeChat

@Suite struct FilesKeepingTests {
    private static let text = Array("Eggs, milk, and something for the cat.\n".utf8)

    /// The house's files, with the real worker, under these rules.
    private func files(_ house: House, _ change: (inout Settings.Files) -> Void = { _ in }) -> Files {
        var rules = Settings.Files()
        rules.freeBytes = 0
        change(&rules)
        return Files(
            database: house.server.database, folder: house.server.files.folder, rules: rules, examiner: Job.examiner,
            now: house.server.now)
    }

    private func received(
        _ bytes: [UInt8], _ name: String = "list.txt", by files: Files, _ share: IncomingShare? = nil
    ) throws -> ReceivedFile {
        let folder = try files.folder.openIncoming()
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(FileFolder.uploadName)"))
        return ReceivedFile(
            name: name, folder: folder, byteSize: Int64(bytes.count), share: share ?? files.incoming.share(of: .init(1))
        )
    }

    /// (bytes on the disk, rows of contents, rows of files)
    private func counts(_ house: House) async throws -> [Int] {
        let folder = house.server.files.folder
        let stored = folder.starts().flatMap(folder.stored).count
        return try await house.server.database.read { tx in
            [
                stored, try tx.fetchRequired("SELECT COUNT(*) FROM file_contents"),
                try tx.fetchRequired("SELECT COUNT(*) FROM files"),
            ]
        }
    }

    @Test func `what came in is looked at, stored, and waits for its message`() async throws {
        try await withHouse { house in
            let files = files(house)
            let one = try received(Self.text, by: files)
            let kept = try #require(try await files.keep([one], by: Uploader(house.ben)).first)
            #expect(kept.name == "list.txt" && kept.content.type == "text/plain" && kept.message == nil)
            #expect(kept.content.byteSize == Int64(Self.text.count) && kept.uploader == house.ben.user)
            let place = files.folder.place(of: kept.content.storedAs)
            #expect(FileManager.default.contents(atPath: place).map(Array.init) == Self.text)
            #expect(try await FileDigest(of: place).sha256 == kept.content.sha256)
            let view = try await house.server.messages.post(
                try MessageDraft(text: "", files: [kept.id]), in: house.home, as: house.ben)
            #expect(view.files.map(\.id) == [kept.id])
        }
    }

    @Test func `what is stored counts once, also while its request goes on`() async throws {
        try await withHouse { house in
            let files = files(house) { ($0.perPersonBytes, $0.serverBytes) = (100, 100) }
            let first = files.incoming.share(of: house.ben.user)
            try files.take(60, of: first, in: try await files.room(for: house.ben.user))
            _ = try await files.keep(
                [received(Array(repeating: 0x61, count: 60), by: files, first)], by: Uploader(house.ben))
            for (person, refusal) in [(house.ben, Files.overQuota(files.rules)), (house.cleo, .storageFull)] {
                let second = files.incoming.share(of: person.user)
                let room = try await files.room(for: person.user)
                try files.take(40, of: second, in: room)
                await expect(refusal) { try files.take(1, of: second, in: room) }
                second.end()
            }
            first.end()
            // Nobody has gained by it.
            let third = files.incoming.share(of: house.ben.user)
            let room = try await files.room(for: house.ben.user)
            try files.take(40, of: third, in: room)
            await expect(Files.overQuota(files.rules)) { try files.take(1, of: third, in: room) }
        }
    }

    @Test func `the same bytes are stored once, for whomever`() async throws {
        try await withHouse { house in
            let files = files(house)
            let first = try await files.keep([received(Self.text, by: files)], by: Uploader(house.ben))[0]
            let second = try await files.keep([received(Self.text, "b.txt", by: files)], by: Uploader(house.cleo))[0]
            #expect(first.content.id == second.content.id && first.key != second.key && second.name == "b.txt")
            #expect(try await counts(house) == [1, 1, 2])
        }
    }

    @Test func `of several that do not all fit none is kept`() async throws {
        try await withHouse { house in
            let files = files(house)
            let several = try [
                received(Self.text, by: files), received(Array("PK\u{3}\u{4}".utf8) + [0, 0], "a.zip", by: files),
            ]
            await #expect(throws: ChatError.self) { try await files.keep(several, by: Uploader(house.ben)) }
            #expect(try await counts(house).last == 0)
            // Its bytes are swept after its row.
            try await house.server.fileSweeper.sweep()
            #expect(try await counts(house) == [0, 0, 0])
        }
    }

    @Test func `a type that is not taken is named, with those that are`() async throws {
        try await withHouse { house in
            let files = files(house) { $0.types = ["image/*", "application/pdf"] }
            let one = try received(Self.text, by: files)
            let words = "the file “list.txt” is text/plain; what is taken here is image/*, application/pdf"
            await expect(.unsupportedType(words)) { try await files.keep([one], by: Uploader(house.ben)) }
            #expect(try await counts(house) == [0, 0, 0])
            #expect(files.rules.takes("image/webp") && !files.rules.takes("imagex/webp"))
        }
    }

    @Test func `a person's files count each, the server's once`() async throws {
        try await withHouse { house in
            let size = Self.text.count
            let files = files(house) {
                $0.perPersonBytes = 2 * size
                $0.serverBytes = size
            }
            for _ in 0..<2 { _ = try await files.keep([received(Self.text, by: files)], by: Uploader(house.ben)) }
            let third = try received(Self.text, by: files)
            await expect(Files.overQuota(files.rules)) { try await files.keep([third], by: Uploader(house.ben)) }
            await expect(Files.overQuota(files.rules)) { try await files.room(for: house.ben.user) }
            await expect(.storageFull) { try await files.room(for: house.cleo.user) }
            let other = try received(Self.text + [0x21], by: files)
            await expect(.storageFull) { try await files.keep([other], by: Uploader(house.cleo)) }
            _ = try await files.keep([received(Self.text, by: files)], by: Uploader(house.cleo))
            #expect(try await counts(house) == [1, 1, 3])
        }
    }

    @Test func `what is coming in counts for whoever sends it, and for all`() throws {
        let incoming = IncomingBytes()
        let (ben, again, eve) = (
            incoming.share(of: .init(2)), incoming.share(of: .init(2)), incoming.share(of: .init(3))
        )
        #expect(ben.add(10).person == 10 && again.add(1).person == 11)
        let sums = eve.add(5)
        #expect(sums.person == 5 && sums.all == 16)
        ben.settle(4)
        #expect(again.add(0).person == 7 && eve.add(0).all == 12)
        ben.end()
        ben.end()
        #expect(again.add(0).person == 1 && eve.add(0).all == 6)
    }

    @Test func `a disk that is nearly full takes nothing more`() async throws {
        try await withHouse { house in
            let files = files(house) { $0.freeBytes = 1 << 50 }
            let one = try received(Self.text, by: files)
            await expect(.storageFull) { try await files.keep([one], by: Uploader(house.ben)) }
            await expect(.storageFull) { try await files.room(for: house.ben.user) }
            #expect(try await counts(house) == [0, 0, 0])
        }
    }

    @Test func `a missing worker is said, and is nobody's fault`() async throws {
        try await withHouse { house in
            let nobody = FileExaminer(
                workers: 1, patience: .seconds(9), maximumPixels: 1, executable: "/nowhere/homechat")
            let files = Files(
                database: house.server.database, folder: house.server.files.folder, rules: Settings.Files(),
                examiner: nobody, now: house.server.now)
            let one = try received(Self.text, by: files)
            let error = await #expect(throws: ChatError.self) { try await files.keep([one], by: Uploader(house.ben)) }
            guard case .unready(let reason)? = error else { throw try #require(error) }
            #expect(reason.hasPrefix("files cannot be taken now: "))
            #expect(ErrorAnswer(ChatError.unready(reason), requestID: "").status == .serviceUnavailable)
        }
    }

    @Test func `files that found no message are taken back, others are not`() async throws {
        try await withHouse { house in
            let files = files(house)
            let used = try await files.keeping([received(Self.text, by: files)], by: Uploader(house.ben)) { ids in
                try await house.server.messages.post(
                    try MessageDraft(text: "mine", files: ids), in: house.home, as: house.ben)
            }
            #expect(used.files.count == 1)
            await expect(.notFound("channel")) {
                try await files.keeping([received(Self.text, by: files)], by: Uploader(house.eve)) { ids in
                    try await house.server.messages.post(
                        try MessageDraft(text: "theirs", files: ids), in: house.family, as: house.eve)
                }
            }
            #expect(try await counts(house) == [1, 1, 1])
        }
    }

    @Test func `trouble with the disk is told by what it means`() {
        func status(_ code: Int32) -> Int { ErrorAnswer(FileTrouble(code), requestID: "").status.code }
        #expect([ENOSPC, EDQUOT].map(status) == [507, 507])
        #expect([EROFS, EACCES, EIO].map(status) == [503, 503, 503])
    }
}
