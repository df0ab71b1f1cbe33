import Storage
import Testing

@testable import HomeChat

@Suite struct LinkPreviewTests {
    @Test(arguments: [
        ("see https://example.org/a#part and https://example.org/a", ["https://example.org/a"]),
        ("[cake](https://example.org/cake) <http://example.com>", ["https://example.org/cake", "http://example.com"]),
        ("`https://example.org` and\n```\nhttps://example.com\n```", []),
        ("mailto:a@example.org ftp://example.org javascript:alert(1)", []),
        ("https://ana:secret@example.org/", []),
        (
            "https://a.example https://b.example https://c.example https://d.example",
            ["https://a.example", "https://b.example", "https://c.example"]
        ),
        ("https://example.org/é?ü=ß", ["https://example.org/%C3%A9?%C3%BC=%C3%9F"]),
        ("https://example.org/%C3%A9", ["https://example.org/%C3%A9"]),
        ("https://example.org/@ana", ["https://example.org/@ana"]),
        ("[x](https://example.org?@other.example/)", []),
        (
            "https://exämple.org/ and https://EXAMPLE.org/a|b",
            ["https://xn--exmple-cua.org/", "https://EXAMPLE.org/a%7Cb"]
        ),
        ("![pic](https://example.org/a.png)", []),
    ])
    func `links that a page may be fetched from are found in a text`(text: String, addresses: [String]) {
        #expect(LinkedPage.addresses(in: text) == addresses)
    }

    @Test func `a page is fetched once for all who link to it, and again when it is old`() async throws {
        try await withHouse { house in
            let first = try await house.link("https://example.org/", in: house.home, as: house.ana)
            let second = try await house.link("https://example.org/", in: house.home, as: house.ben)
            #expect(try await house.fetched("Example") == 1)
            #expect(try await house.previews(of: first, as: house.eve).map(\.title) == ["Example"])
            #expect(try await house.previews(of: second, as: house.eve).map(\.title) == ["Example"])

            _ = try await house.link("https://example.org/", in: house.home, as: house.ben)
            #expect(try await house.fetched("Example") == 0)
            house.clock.advance(by: .days(8))
            _ = try await house.link("https://example.org/", in: house.home, as: house.ben)
            #expect(try await house.fetched("Changed") == 1)
            #expect(try await house.previews(of: first, as: house.eve).map(\.title) == ["Changed"])
        }
    }

    @Test func `its author takes a preview away for everybody, and nobody else does`() async throws {
        try await withHouse { house in
            let id = try await house.link("https://example.org/", in: house.home, as: house.ben)
            _ = try await house.fetched("Example")
            let page = try #require(try await house.previews(of: id, as: house.eve).first).id
            await #expect(throws: ChatError.self) {
                try await house.server.linkPreviews.remove(page, from: id, as: house.eve)
            }
            _ = try await house.server.linkPreviews.remove(page, from: id, as: house.ben)
            #expect(try await house.previews(of: id, as: house.eve).isEmpty)
            // Heard of again, as after a reaction: it stays away.
            try await house.hear(id)
            #expect(try await house.previews(of: id, as: house.eve).isEmpty)
        }
    }

    @Test func `an edited message shows what it links to now`() async throws {
        try await withHouse { house in
            let id = try await house.link("https://example.org/", in: house.home, as: house.ben)
            _ = try await house.fetched("Example")
            _ = try await house.server.messages.edit(id, to: "https://example.com/", as: house.ben)
            try await house.hear(id)
            #expect(try await house.previews(of: id, as: house.ben).isEmpty)
            _ = try await house.fetched("Other")
            #expect(try await house.previews(of: id, as: house.ben).map(\.title) == ["Other"])
            try await house.server.messages.delete(id, as: house.ben)
            #expect(try await house.links(of: id) == 0)
            // Nobody links to either page; once they are old, nothing is known of them.
            #expect(try await house.pages() == 2)
            house.clock.advance(by: .days(8))
            try await house.server.linkPreviews.removeOld()
            #expect(try await house.pages() == 0)
        }
    }

    @Test func `whoever may not read a message gets no picture of it`() async throws {
        try await withHouse { house in
            let id = try await house.link("https://example.org/", in: house.family, as: house.ben)
            _ = try await house.fetched("Example")
            let page = try #require(try await house.previews(of: id, as: house.ben).first).id
            for stranger in [house.eve, house.cleo] {
                await #expect(throws: ChatError.notFound("preview")) {
                    _ = try await house.server.linkPreviews.image(page, of: id, as: stranger)
                }
            }
        }
    }
}

extension House {
    /// Posts, and lets the links be written down.
    fileprivate func link(_ text: String, in channel: Channel.ID, as principal: Principal) async throws -> Message.ID {
        let id = try await post(text, in: channel, as: principal).message.id
        try await hear(id)
        return id
    }

    fileprivate func hear(_ id: Message.ID) async throws {
        let now = server.now()
        try await server.database.write { tx in
            for text in try LinkedPage.texts(of: [id], tx) {
                try LinkedPage.link(LinkedPage.addresses(in: text.text), to: text.message, at: now, tx)
            }
        }
    }

    /// Every page that waits turns out to be called this.
    /// - Returns: how many there were.
    fileprivate func fetched(_ title: String) async throws -> Int {
        let now = server.now()
        return try await server.database.write { tx in
            let errands = try LinkedPage.claim(atMost: 10, at: now, tx)
            let description = PageDescription(html: Array("<title>\(title)</title>".utf8))
            for errand in errands {
                try LinkedPage.setDescription(description, image: nil, of: errand.page, at: now, tx)
            }
            return errands.count
        }
    }

    fileprivate func previews(of id: Message.ID, as principal: Principal) async throws -> [LinkedPage] {
        try await server.messages.find(id, as: principal).previews
    }

    fileprivate func pages() async throws -> Int64 {
        try await server.database.read { tx in try tx.fetchRequired("SELECT COUNT(*) FROM linked_pages") }
    }

    fileprivate func links(of id: Message.ID) async throws -> Int64 {
        try await server.database.read { tx in
            try tx.fetchRequired("SELECT COUNT(*) FROM message_links WHERE message_id = \(id)")
        }
    }
}
