import Testing

@testable import HomeChat

@Suite struct GalleryTests {
    private func names(_ page: FilePage) -> [String] { page.files.map(\.file.name) }

    private func gallery(
        _ channel: Channel.ID, _ kind: File.Kind? = nil, before: File.ID? = nil, limit: Int = 50,
        as principal: Principal,
        _ house: House
    ) async throws -> FilePage {
        try await house.server.files.gallery(of: channel, kind: kind, before: before, limit: limit, as: principal)
    }

    @Test func `files come newest first, by kind, each with its message`() async throws {
        try await withHouse { house in
            let types = [
                ("a.png", "image/png"), ("b.mp4", "video/mp4"), ("c.mp3", "audio/mpeg"), ("d.pdf", "application/pdf"),
                ("e.svg", "image/svg+xml"), ("f.webp", "image/webp"),
            ]
            for (name, type) in types {
                let file = try await house.upload(name, named: name, type: type, as: house.ben)
                _ = try await house.send(file, in: house.home, as: house.ben)
            }
            let elsewhere = try await house.upload("elsewhere", named: "x.png", type: "image/png", as: house.ben)
            _ = try await house.send(elsewhere, in: house.family, as: house.ben)
            _ = try await house.upload("waiting", named: "w.png", type: "image/png", as: house.ben)

            let all = try await gallery(house.home, as: house.eve, house)
            #expect(names(all) == ["f.webp", "e.svg", "d.pdf", "c.mp3", "b.mp4", "a.png"] && !all.hasMore)
            #expect(try await names(gallery(house.home, .image, as: house.eve, house)) == ["f.webp", "a.png"])
            #expect(try await names(gallery(house.home, .video, as: house.eve, house)) == ["b.mp4"])
            #expect(try await names(gallery(house.home, .audio, as: house.eve, house)) == ["c.mp3"])
            #expect(try await names(gallery(house.home, .document, as: house.eve, house)) == ["e.svg", "d.pdf"])
            let first = try #require(all.files.first)
            #expect(first.author.username == "ben" && first.postedAt == house.clock.now)
            #expect(try await house.server.messages.find(first.message, as: house.eve).files.first?.id == first.file.id)
        }
    }

    @Test func `a file that was uploaded first and posted last is the newest`() async throws {
        try await withHouse { house in
            let waiting = try await house.upload("waiting", named: "late.png", type: "image/png", as: house.ana)
            let (one, two) = (
                try await house.upload("1", named: "1.png", type: "image/png", as: house.ben),
                try await house.upload("2", named: "2.png", type: "image/png", as: house.ben)
            )
            _ = try await house.send(two, one, in: house.home, as: house.ben)
            _ = try await house.send(waiting, in: house.home, as: house.ana)
            for kind in [nil, File.Kind.image] {
                var found: [String] = []
                var page = try await gallery(house.home, kind, limit: 1, as: house.ben, house)
                while let last = page.files.last {
                    found += names(page)
                    page = try await gallery(house.home, kind, before: last.file.id, limit: 1, as: house.ben, house)
                }
                #expect(found == ["late.png", "1.png", "2.png"])
            }
        }
    }

    @Test func `whoever turns pages goes on where a file has gone meanwhile`() async throws {
        try await withHouse { house in
            var messages: [Message.ID] = []
            for number in 0..<5 {
                let file = try await house.upload("\(number)", named: "\(number)", as: house.ana)
                messages.append(try await house.send(file, in: house.home, as: house.ana))
            }
            let page = try await gallery(house.home, limit: 2, as: house.ben, house)
            #expect(names(page) == ["4", "3"])
            try await house.server.messages.delete(messages[3], as: house.ana)
            let next = try await gallery(
                house.home, before: page.files.last?.file.id, limit: 2, as: house.ben, house)
            #expect(names(next) == ["2", "1"])
        }
    }

    @Test func `page after page has each file once`() async throws {
        try await withHouse { house in
            for number in 0..<7 {
                let file = try await house.upload("\(number)", named: "\(number)", as: house.ana)
                _ = try await house.send(file, in: house.home, as: house.ana)
            }
            var found: [String] = []
            var before: File.ID?
            while true {
                let page = try await gallery(house.home, before: before, limit: 3, as: house.ben, house)
                found += names(page)
                // What comes meanwhile moves nothing.
                let file = try await house.upload("later \(found.count)", named: "later", as: house.ana)
                _ = try await house.send(file, in: house.home, as: house.ana)
                guard page.hasMore else { break }
                before = page.files.last?.file.id
            }
            #expect(found == ["6", "5", "4", "3", "2", "1", "0"])
        }
    }

    @Test func `it is for whoever may read the channel, and what is deleted is not in it`() async throws {
        try await withHouse { house in
            let file = try await house.upload("picture", as: house.ana)
            let message = try await house.send(file, in: house.family, as: house.ana)
            #expect(try await gallery(house.family, as: house.ben, house).files.count == 1)
            await expect(.notFound("channel")) { try await gallery(house.family, as: house.eve, house) }
            await expect(.notFound("channel")) { try await gallery(.init(999_999), as: house.ana, house) }
            await expect(.forbidden("this token lacks the scope messages:read")) {
                try await gallery(house.family, as: house.ben.with(scopes: .channelsRead), house)
            }
            try await house.server.messages.delete(message, as: house.ana)
            #expect(try await gallery(house.family, as: house.ben, house).files.isEmpty)
        }
    }
}
