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

    private func received(_ bytes: [UInt8], _ name: String = "list.txt", by files: Files) throws -> ReceivedFile {
        let folder = try files.folder.openIncoming()
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(FileFolder.uploadName)"))
        return ReceivedFile(name: name, folder: folder)
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
            let kept = try #require(try await files.keep([one], for: house.ben.user).first)
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

    @Test func `the same bytes are stored once, for whomever`() async throws {
        try await withHouse { house in
            let files = files(house)
            let first = try await files.keep([received(Self.text, by: files)], for: house.ben.user)[0]
            let second = try await files.keep([received(Self.text, "b.txt", by: files)], for: house.cleo.user)[0]
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
            await #expect(throws: ChatError.self) { try await files.keep(several, for: house.ben.user) }
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
            await expect(.unsupportedType(words)) { try await files.keep([one], for: house.ben.user) }
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
            for _ in 0..<2 { _ = try await files.keep([received(Self.text, by: files)], for: house.ben.user) }
            let third = try received(Self.text, by: files)
            await expect(Files.overQuota(files.rules)) { try await files.keep([third], for: house.ben.user) }
            await expect(Files.overQuota(files.rules)) { try await files.room(for: house.ben.user) }
            await expect(.storageFull) { try await files.room(for: house.cleo.user) }
            let other = try received(Self.text + [0x21], by: files)
            await expect(.storageFull) { try await files.keep([other], for: house.cleo.user) }
            _ = try await files.keep([received(Self.text, by: files)], for: house.cleo.user)
            #expect(try await counts(house) == [1, 1, 3])
        }
    }

    @Test func `what is coming in counts for whoever sends it, and for all`() throws {
        let incoming = IncomingBytes()
        let (ben, eve) = (User.ID(2), User.ID(3))
        #expect(incoming.add(10, for: ben).person == 10)
        let sums = incoming.add(5, for: eve)
        #expect(sums.person == 5 && sums.all == 15)
        incoming.remove(10, for: ben)
        #expect(incoming.add(0, for: ben).all == 5 && incoming.add(0, for: ben).person == 0)
    }

    @Test func `a disk that is nearly full takes nothing more`() async throws {
        try await withHouse { house in
            let files = files(house) { $0.freeBytes = 1 << 50 }
            let one = try received(Self.text, by: files)
            await expect(.storageFull) { try await files.keep([one], for: house.ben.user) }
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
            let error = await #expect(throws: ChatError.self) { try await files.keep([one], for: house.ben.user) }
            guard case .unready(let reason)? = error else { throw try #require(error) }
            #expect(reason.hasPrefix("files cannot be taken now: "))
            #expect(ErrorAnswer(ChatError.unready(reason), requestID: "").status == .serviceUnavailable)
        }
    }

    @Test func `files that found no message are taken back, others are not`() async throws {
        try await withHouse { house in
            let files = files(house)
            let used = try await files.keeping([received(Self.text, by: files)], for: house.ben.user) { ids in
                try await house.server.messages.post(
                    try MessageDraft(text: "mine", files: ids), in: house.home, as: house.ben)
            }
            #expect(used.files.count == 1)
            await expect(.notFound("channel")) {
                try await files.keeping([received(Self.text, by: files)], for: house.eve.user) { ids in
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
