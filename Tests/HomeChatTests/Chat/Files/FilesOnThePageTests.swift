import Storage
import Testing

@testable import HomeChat

/// How files are spoken of and laid out. `Tests/JavaScript/files.test.mjs` expects the same of the script.
@Suite struct FilesOnThePageTests {
    @Test func `sizes are said as people say them`() {
        let sizes: [Int64] = [
            0, 1, 812, 1024, 1536, 10_240, 1_023_488, 1_048_575, 1_468_006, 10 << 20, 3 << 30,
        ]
        #expect(
            sizes.map(FileWords.size) == [
                "0 bytes", "1 byte", "812 bytes", "1 KB", "1.5 KB", "10 KB", "1 MB", "1 MB", "1.4 MB", "10 MB", "3 GB",
            ])
    }

    @Test func `a kind is the ending of the name, or what the bytes are`() {
        #expect(FileWords.type("plan.pdf", "application/pdf") == "PDF")
        #expect(FileWords.type("plan.docx", "application/zip") == "DOCX")
        #expect(FileWords.type("README", "text/plain") == "text/plain")
        #expect(FileWords.type("a.verylong", "text/plain") == "text/plain")
        #expect(FileWords.type("a.", "text/plain") == "text/plain")
    }

    @Test func `a message without words is called after its files, wherever it is quoted`() async throws {
        try await withHouse { house in
            for (types, words) in [
                (["image/png"], "Photo"), (["image/png", "image/webp"], "2 photos"), (["video/mp4"], "Video"),
                (["audio/mpeg", "audio/ogg"], "2 recordings"), (["application/zip"], "0.bin"),
                (["image/png", "video/mp4"], "2 files"), (["image/svg+xml", "text/plain"], "2 files"),
            ] {
                let message = try await house.send(types, as: house.ben)
                let answer = try await house.server.messages.post(
                    try MessageDraft(text: "nice", replyTo: message.message.id), in: house.home, as: house.ana)
                #expect(answer.replyTo?.excerpt == words, "\(types)")
                try await house.server.messages.delete(answer.message.id, as: house.ana)
                #expect(try await house.summary(of: house.home, for: house.eve).lastMessage?.content == words)
            }
        }
    }

    @Test func `words are quoted, whatever comes with them`() async throws {
        try await withHouse { house in
            let message = try await house.send(["image/png"], saying: "The **roses**", as: house.ben)
            let answer = try await house.server.messages.post(
                try MessageDraft(text: "nice", replyTo: message.message.id), in: house.home, as: house.ana)
            #expect(answer.replyTo?.excerpt == "The roses")
        }
    }

    @Test func `pictures have their place before they are loaded, and the rest stands below them`() async throws {
        try await withHouse { house in
            let view = try await house.send(["image/png", "application/pdf", "image/jpeg"], as: house.ben)
            let rows = FileRows(view.files, basePath: "/chat")
            #expect(rows.pictures.map(\.fileId) == [view.files[0], view.files[2]].map(\.id.description))
            #expect(rows.attachments.map(\.filename) == ["1.bin"])
            let picture = try #require(rows.pictures.first)
            #expect([picture.width, picture.height, picture.fullWidth, picture.fullHeight] == [416, 312, 4000, 3000])
            #expect(picture.pictureURL == "/chat/files/\(view.files[0].key)/thumbnail")
            #expect(picture.fileURL == "/chat/files/\(view.files[0].key)")
            #expect(picture.stillURL == nil)
        }
    }

    @Test func `a small picture that moves is shown moving, and still to whoever wants that`() async throws {
        try await withHouse { house in
            let small = try await house.send(["image/gif"], frames: 9, bytes: 1 << 20, as: house.ben).files
            let row = try #require(FileRows(small, basePath: "").pictures.first)
            #expect(row.pictureURL == "/files/\(small[0].key)")
            #expect(row.stillURL == "/files/\(small[0].key)/thumbnail")
            let large = try await house.send(["image/gif"], frames: 9, bytes: 3 << 20, as: house.ben).files
            let other = try #require(FileRows(large, basePath: "").pictures.first)
            #expect(other.pictureURL == "/files/\(large[0].key)/thumbnail")
            #expect(other.stillURL == nil && other.isAnimated)
        }
    }

    @Test func `a name is text on the page, whatever is in it`() async throws {
        try await withHouse { house in
            let view = try await house.send(
                ["image/png", "text/plain"], named: #""><script>x</script>"#, as: house.ben)
            let pages = try house.server.pages()
            let html = pages.templates.render("messages/files", FileRows(view.files, basePath: "").values)
            #expect(!html.contains("<script>"))
            #expect(html.contains("&lt;script&gt;"))
        }
    }
}

extension House {
    /// A message with files of these types; pictures have 4000 × 3000 pixels and a preview.
    func send(
        _ types: [String], saying text: String = "", named name: String? = nil, frames: Int64 = 1, bytes: Int64 = 5000,
        as principal: Principal
    ) async throws -> MessageView {
        let now = clock.now
        let ids = try await server.database.write { tx in
            try types.enumerated().map { number, type in
                let mark = File.randomKey()
                let size: Int64? = type.hasPrefix("image/") ? 4000 : nil
                let preview: Int64? = size.map { _ in 480 }
                try tx.execute(
                    """
                    INSERT INTO file_contents (sha256, stored_as, content_type, byte_size, width, height, frames, preview_as,
                        preview_width, preview_height, created_at)
                    VALUES (\(mark), \(mark), \(type), \(bytes), \(size), \(size.map { $0 * 3 / 4 }), \(size.map { _ in frames }),
                        \(size.map { _ in mark + "p" }), \(preview), \(preview), \(now))
                    """)
                let content = try #require(try FileContent.find(sha256: mark, tx))
                return try File.insert(named: name ?? "\(number).bin", content, by: Uploader(principal), at: now, tx).id
            }
        }
        return try await server.messages.post(try MessageDraft(text: text, files: ids), in: home, as: principal)
    }
}
