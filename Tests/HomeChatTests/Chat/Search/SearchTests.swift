import Storage
import Testing

@testable import HomeChat

@Suite struct SearchTests {
    @Test func `any script is found, from its middle as well`() async throws {
        try await withHouse { house in
            let texts = [
                "今日は東京タワーに行きました", "ประเทศไทยสวยงาม", "한국어를 배워요", "Die Donaudampfschifffahrtsgesellschaft fährt",
                "How naïve of İstanbul", "Serial AB-12/7-9938 is the boiler", "ຂອບໃຈຫຼາຍໆ", "ភាសាខ្មែរ ល្អ", "မြန်မာဘာသာ",
                "شُكْراً جزيلاً", "שָׁלוֹם לכם", "मुझे हिन्दी आती है", "Съешь ещё этих мягких булок", "party 🎉🎊",
            ]
            for text in texts { try await house.post(text) }
            let queries = [
                ("東京", 0), ("タワー", 0), ("たわー", 0), ("京タ", 0), ("ไทยสวย", 1), ("국어", 2), ("한국", 2), ("dampfschiff", 3),
                ("DONAU", 3), ("gesellsch", 3), ("naive", 4), ("istanbul", 4), ("ISTANBUL", 4), ("tanbul", 4),
                ("ab-12/7", 5),
                ("12/7-99", 5), ("9938", 5), ("938", 5), ("ໃຈຫຼາຍ", 6), ("ខ្មែរ", 7), ("ဘာသာ", 8), ("شكرا", 9),
                ("שלום", 10),
                ("हिन्दी", 11), ("еще этих", 12), ("ягки", 12), ("🎉🎊", 13), ("\"東京\" 行", 0), ("\"ab 12 7\"", 5),
            ]
            for (query, index) in queries {
                #expect(try await house.found(query, as: house.ben) == [texts[index]], "\(query)")
                #expect(try await house.found(query, .relevance, as: house.ben) == [texts[index]], "\(query)")
            }
        }
    }

    @Test func `all words must be there, and none of those with a minus`() async throws {
        try await withHouse { house in
            try await house.post(
                "clean fresh towels", "fresh towels for the kitchen", "towels, fresh from outside", "clean")
            #expect(try await house.found("towels fresh", as: house.ben).count == 3)
            #expect(
                try await house.found("towels -kitchen", as: house.ben) == [
                    "towels, fresh from outside", "clean fresh towels",
                ])
            #expect(try await house.found("\"fresh towels\"", as: house.ben).count == 2)
            #expect(try await house.found("\"towels fresh\"", as: house.ben) == ["towels, fresh from outside"])
            #expect(try await house.found("clean -\"fresh towels\"", as: house.ben) == ["clean"])
            #expect(try await house.found("fresh -fresh", as: house.ben).isEmpty)
            #expect(
                try await house.found("-fresh", as: house.ben) == ["clean"], "what the house says is not looked for")
        }
    }

    @Test func `any number of words must be there`() async throws {
        try await withHouse { house in
            let words = (0..<45).map { "w\($0)" }
            try await house.post(words.joined(separator: " "), words.dropLast().joined(separator: " "))
            #expect(try await house.found(words.joined(separator: " "), as: house.ben).count == 1)
            #expect(try await house.found(words.dropLast().joined(separator: " "), as: house.ben).count == 2)
            #expect(
                try await house.found("w1 " + words[2..<40].map { "-\($0)" }.joined(separator: " "), as: house.ben)
                    .isEmpty)
        }
    }

    @Test func `filters narrow, alone as well`() async throws {
        try await withHouse { house in
            _ = try await house.post("tea at https://example.org/tea", in: house.home, as: house.ana)
            _ = try await house.post("tea for Ana", in: house.home, as: house.ben)
            _ = try await house.post("family tea", in: house.family, as: house.ben)
            let talk = try await house.server.directMessages.open(with: [house.ben.user], as: house.ana).channel.id
            _ = try await house.post("tea between us", in: talk, as: house.ana)
            let queries: [(String, Int)] = [
                ("tea", 4), ("tea from:ben", 2), ("from:Ben tea", 2), ("tea from:me", 2), ("tea from:@ana from:ben", 4),
                ("tea -from:me", 2), ("tea in:#home", 2), ("tea in:family", 1), ("tea in:#FAMILY in:#home", 3),
                ("tea -in:#home", 2),
                ("tea in:@ben", 1), ("tea in:ben", 1), ("tea in:me", 0), ("tea in:@ana", 0), ("has:link", 1),
                ("tea -has:link", 3),
                ("from:ana has:link", 1), ("from:ben has:link", 0), ("from:nobody", 0), ("tea in:nowhere", 0),
                ("in:@eve", 0),
                ("has:image", 0), ("in:#family", 1), ("from:me in:@ben", 1),
            ]
            for (query, count) in queries {
                #expect(try await house.found(query, as: house.ana).count == count, "\(query)")
            }
        }
    }

    @Test func `what is a link on the page is one for the search`() async throws {
        try await withHouse { house in
            let links = [
                "www.example.org", "https://example.org", "HTTP://EXAMPLE.ORG", "[cake](http&colon;//example.org)",
                "ana@example.org", "![a picture](https://example.org/a.png)",
            ]
            let others = ["`https://example.org`", "[cake](/cake)", "ftp://example.org", "example.org"]
            for text in links + others { try await house.post(text) }
            #expect(try await house.found("has:link", as: house.ben) == links.reversed())
            #expect(try await house.found("has:link www", as: house.ben) == ["www.example.org"])
            #expect(try await house.found("-has:link", as: house.ben) == others.reversed())
            try await house.server.searchBacklog.rebuild()
            #expect(try await house.found("has:link", as: house.ben) == links.reversed())
        }
    }

    @Test func `a letter alone is found where letters are dense, and people and channels by it`() async throws {
        try await withHouse { house in
            _ = try await house.server.channels.create(try ChannelDraft(name: "木曜日"), as: house.ana)
            try await house.server.users.updateProfile(try ProfileChange(displayName: "李明"), as: house.eve)
            try await house.post("well done 🙂", "東京タワー", "other")
            #expect(try await house.found("🙂", as: house.ben) == ["well done 🙂"])
            #expect(try await house.found("京", as: house.ben) == ["東京タワー"])
            #expect(try await house.found("た", as: house.ben) == ["東京タワー"])
            #expect(try await house.server.search.find("木", as: house.ben).channels.map(\.channel.name) == ["木曜日"])
            #expect(try await house.server.search.find("李", as: house.ben).users.map(\.username) == ["eve"])
        }
    }

    @Test func `many names in one query are each somebody`() async throws {
        try await withHouse { house in
            try await house.post("tea")
            try await house.server.users.updateProfile(try ProfileChange(displayName: "Änne of Tea"), as: house.ana)
            #expect(try await house.found("from:z from:änne from:ben -from:many", as: house.ben) == ["tea"])
            #expect(try await house.found("from:tea -from:anne", as: house.ben).isEmpty)
        }
    }

    @Test func `a message is found by its files, their kinds and names`() async throws {
        try await withHouse { house in
            let files = try await house.server.database.write { tx in
                try [("boiler manual.pdf", "application/pdf"), ("Käse.JPG", "image/jpeg"), ("song.ogg", "audio/ogg")]
                    .map { file in
                        let key = File.randomKey()
                        let content: Int64 = try tx.fetchRequired(
                            """
                            INSERT INTO file_contents (sha256, stored_as, content_type, byte_size, created_at)
                            VALUES (\(key), \(key), \(file.1), 1, \(house.clock.now)) RETURNING id
                            """)
                        let id: Int64 = try tx.fetchRequired(
                            """
                            INSERT INTO files (key, content_id, uploader_id, name, kind, created_at)
                            VALUES (\(key), \(content), \(house.ana.user), \(file.0), \(File.Kind(type: file.1).rawValue),
                                \(house.clock.now)) RETURNING id
                            """)
                        return File.ID(id)
                    }
            }
            let manual = try MessageDraft(text: "from the cellar", files: [files[0]])
            let rest = try MessageDraft(text: "", files: [files[1], files[2]])
            for draft in [manual, rest] {
                _ = try await house.server.messages.post(draft, in: house.home, as: house.ana)
            }
            try await house.post("no file")
            let queries = [
                ("has:file", 2), ("has:image", 1), ("has:audio", 1), ("has:video", 0), ("-has:file", 1), ("boiler", 1),
                ("kase.jpg", 1), ("has:image kase", 1), ("has:image boiler", 0), ("\"manual pdf\"", 1),
                ("cellar manual", 1),
            ]
            for (query, count) in queries {
                #expect(try await house.found(query, as: house.ben).count == count, "\(query)")
            }
            let hit = try #require(try await house.search("manual", as: house.ben).hits.first)
            #expect(hit.snippet.pieces.filter(\.match).map(\.text) == ["manual"], "its name is shown")
            let id = hit.view.message.id
            _ = try await house.server.messages.edit(id, to: "from the attic", as: house.ana)
            #expect(try await house.found("attic manual has:file", as: house.ben).count == 1)
            try await house.server.searchBacklog.rebuild()
            #expect(try await house.found("attic manual has:file", as: house.ben).count == 1)
            try await house.server.messages.delete(id, as: house.ana)
            #expect(try await house.found("manual", as: house.ben).isEmpty)
        }
    }

    @Test func `times bound what is looked at, whatever the order of ids`() async throws {
        try await withHouse { house in
            let start = house.clock.now
            for day in 0..<5 {
                try await house.post("day \(day)")
                house.clock.advance(by: .days(1))
            }
            // A clock that was wrong, and was set again.
            house.clock.advance(by: .days(-400))
            try await house.post("day of old")
            house.clock.advance(by: .days(400))
            func date(_ day: Int64) -> String { String((start + .days(day)).iso8601.prefix(10)) }
            let queries: [(String, [String])] = [
                ("day before:\(date(1))", ["day of old", "day 0"]), ("day after:\(date(2))", ["day 4", "day 3"]),
                ("day on:\(date(2))", ["day 2"]), ("day on:yesterday", ["day 4"]),
                ("day after:\(date(1)) before:\(date(3))", ["day 2"]),
                ("before:\(date(-30))", ["day of old"]), ("on:today", []), ("day before:2000", []),
                ("day after:2100", []),
            ]
            for (query, texts) in queries { #expect(try await house.found(query, as: house.ben) == texts, "\(query)") }
        }
    }

    @Test func `a day is one of whoever asks`() async throws {
        try await withHouse { house in
            try await house.server.users.updateProfile(try ProfileChange(timeZone: "Pacific/Kiritimati"), as: house.ana)
            try await house.post("midnight")
            let day = String((house.clock.now + .hours(14)).iso8601.prefix(10))
            #expect(try await house.found("on:\(day)", as: house.ana) == ["midnight"])
            #expect(try await house.found("on:today", as: house.ana) == ["midnight"])
        }
    }

    @Test func `an edited message is found by its new words, a deleted one by none`() async throws {
        try await withHouse { house in
            let message = try await house.post("the boiler leaks", in: house.home, as: house.ana).message
            _ = try await house.server.messages.edit(
                message.id, to: "the sink leaks https://example.org", as: house.ana)
            #expect(try await house.found("boiler", as: house.ben).isEmpty)
            #expect(try await house.found("\"boiler\"", as: house.ben).isEmpty)
            for query in ["sink", "leaks", "has:link", "from:ana"] {
                #expect(try await house.found(query, as: house.ben).count == 1, "\(query)")
            }
            try await house.server.messages.delete(message.id, as: house.ana)
            for query in ["sink", "leaks", "has:link", "from:ana", "-nothing"] {
                #expect(try await house.found(query, as: house.ben).isEmpty, "\(query)")
            }
        }
    }

    @Test func `a card is found by what it says now`() async throws {
        try await withHouse { house in
            for text in ["washing runs", "washing is done"] {
                let draft = try MessageDraft(text: text, key: "washer")
                _ = try await house.server.messages.post(draft, in: house.home, as: house.ana)
            }
            #expect(try await house.found("runs", as: house.ben).isEmpty)
            #expect(try await house.found("washing", as: house.ben) == ["washing is done"])
        }
    }

    @Test func `a message that failed is not in the index`() async throws {
        try await withHouse { house in
            struct GivenUp: Error {}
            let database = house.server.database
            await #expect(throws: GivenUp.self) {
                try await database.write { tx in
                    let access = try ChannelAccess.require(.post, in: house.home, for: house.ana, tx)
                    _ = try Message.insert(try MessageDraft(text: "never said"), by: access, kind: .chat, at: .now, tx)
                    throw GivenUp()
                }
            }
            try await house.post("said")
            #expect(try await house.found("never", as: house.ben).isEmpty)
            #expect(try await house.found("said", as: house.ben) == ["said"])
        }
    }

    @Test func `the index takes the worst texts`() async throws {
        try await withHouse { house in
            var random = SplitMix(state: 7)
            func text(_ range: ClosedRange<UInt32>, _ count: Int) -> String {
                String(
                    String.UnicodeScalarView(
                        (0..<count).compactMap { _ in Unicode.Scalar(UInt32.random(in: range, using: &random)) }))
            }
            let texts = [
                text(0x21...0x7E, 10_000), text(0x4E00...0x9FFF, 10_000), text(0x2_0000...0x2_A6D0, 10_000),
                String(repeating: "ﷺ", count: 10_000), text(0x780...0x7B0, 10_000),
                String(repeating: "a", count: 10_000),
                text(0x0E01...0x0E3A, 9000),
            ]
            for text in texts {
                let message = try await house.post(text, in: house.home, as: house.ana).message
                let start = message.content.unicodeScalars.dropFirst(4000).prefix { !$0.properties.isWhitespace }
                    .prefix(12)
                let part = String(String.UnicodeScalarView(start))
                if FoldedText(part).scalars.count > 2, SearchQuery(part).terms.count == 1,
                    SearchQuery(part).filterCount == 0
                {
                    let ids = try await house.search(part, as: house.ben).messages.map(\.message.id)
                    #expect(ids.contains(message.id), "\(part)")
                }
                _ = try await house.server.messages.edit(message.id, to: "short again", as: house.ana)
            }
            #expect(try await house.found("short again", as: house.ben).count == texts.count)
        }
    }

    struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
