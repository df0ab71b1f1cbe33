import Storage
import Testing

@testable import HomeChat

@Suite struct RetentionTests {
    private func set(_ days: Int64?, _ channel: Channel.ID, as principal: Principal, _ house: House) async throws {
        let change = try ChannelChange(retention: RetentionChoice(days: days))
        try await house.server.channels.update(channel, change, as: principal)
    }

    private func setForAll(_ days: Int64?, _ house: House) async throws {
        let choice = try RetentionChoice(days: days)
        try await house.server.site.update(SiteChange(retention: choice), as: .console)
    }

    private func texts(_ channel: Channel.ID, _ house: House, as principal: Principal? = nil) async throws -> [String] {
        try await house.server.messages.page(.newest, of: channel, limit: 100, as: principal ?? house.ana).messages
            .map(\.message.content)
    }

    @Test func `a channel's own time wins, conversations follow the server, and without a time everything stays`()
        async throws
    {
        try await withHouse { house in
            let direct = try await house.server.directMessages.open(with: [house.ben.user], as: house.ana).channel.id
            for channel in [house.home, house.family, direct] {
                _ = try await house.post("old", in: channel, as: house.ana)
            }
            house.clock.advance(by: .days(20))
            for channel in [house.home, house.family, direct] {
                _ = try await house.post("new", in: channel, as: house.ana)
            }
            house.clock.advance(by: .days(400))
            try await house.server.retention.run()
            #expect(try await texts(house.home, house).suffix(2) == ["old", "new"])

            try await setForAll(410, house)
            try await set(500, house.family, as: house.ana, house)
            try await house.server.retention.run()
            #expect(try await texts(house.home, house) == ["new"])
            #expect(try await texts(direct, house) == ["new"])
            #expect(try await texts(house.family, house).suffix(2) == ["old", "new"])

            try await set(410, house.family, as: house.ana, house)
            try await set(1000, house.home, as: house.ana, house)
            try await setForAll(1, house)
            try await house.server.retention.run()
            #expect(try await texts(house.family, house) == ["new"])
            #expect(try await texts(house.home, house) == ["new"])
            #expect(try await texts(direct, house) == [])

            // Chosen no more: as the server says.
            try await set(nil, house.home, as: house.ana, house)
            try await house.server.retention.run()
            #expect(try await texts(house.home, house) == [])
        }
    }

    @Test func `everything that hangs on a message goes, and the open page hears of it`() async throws {
        try await withHouse { house in
            let file = try await house.upload("picture", preview: true, as: house.ben)
            let draft = try MessageDraft(text: "@ana look", nonce: "n", key: "card", files: [file.id])
            let id = try await house.server.messages.post(draft, in: house.home, as: house.ben).message.id
            _ = try await house.server.messages.edit(id, to: "@ana look here", as: house.ben)
            _ = try await house.server.messages.react("👍", to: id, as: house.ana)
            _ = try await house.server.messages.setPinned(true, id, as: house.ben)
            try await set(30, house.home, as: house.ana, house)
            house.clock.advance(by: .days(30) + .hours(1))
            try await house.server.database.listenForNotices()
            try await house.server.retention.run()

            let wanted = "deleted \(id) \(house.home)"
            var told: [String] = []
            for await case .said(let words) in house.server.database.notices {
                told += words
                if told.contains(wanted) { break }
            }
            #expect(told.contains("files"))
            for table in ["files", "message_edits", "message_mentions", "reactions"] as [SQL] {
                #expect(try await house.count("\(table) WHERE message_id = \(id)") == 0)
            }
            #expect(
                try await house.count(
                    """
                    messages WHERE id = \(id) AND content = '' AND search_text = '' AND nonce IS NULL AND card_key IS NULL
                        AND pinned_at IS NULL AND deleted_at IS NOT NULL
                    """) == 1)
            await expect(.notFound("message")) { try await house.server.messages.find(id, as: house.ana) }
            try await house.sweeper.sweep()
            #expect(house.stored.isEmpty)
        }
    }

    @Test func `it counts by the full hour`() async throws {
        try await withHouse { house in
            try await set(1, house.home, as: house.ana, house)
            house.clock.advance(by: .minutes(20))
            _ = try await house.post("hello", in: house.home, as: house.ben)
            house.clock.advance(by: .days(1) + .minutes(39))
            try await house.server.retention.run()
            #expect(try await texts(house.home, house).contains("hello"))
            house.clock.advance(by: .minutes(1))
            try await house.server.retention.run()
            #expect(try await !texts(house.home, house).contains("hello"))
        }
    }

    @Test func `many go in turns, and each turn is one entry with numbers`() async throws {
        try await withHouse { house in
            try await house.fill(house.home, 5200)
            try await house.fill(house.family, 10)
            try await setForAll(1, house)
            house.clock.advance(by: .days(2))
            try await house.server.retention.run()
            #expect(try await house.count("messages WHERE deleted_at IS NULL") >= 210)
            try await house.server.retention.run()
            #expect(try await house.count("messages WHERE deleted_at IS NULL") == 0)
            try await house.server.retention.run()
            #expect(try await house.audited(.retentionApplied) == [2])
            var filter = AuditFilter()
            filter.actions = [.retentionApplied]
            let entries = try await house.server.auditTrail.page(filter, limit: 10, as: house.ana).entries
            #expect(entries.allSatisfy { $0.actor == "homechat" && $0.target == "" })
            // In #security was told that the setting changed.
            #expect(entries.last?.fields["channels"] == "3")
        }
    }

    @Test func `nothing goes while nothing may be changed`() async throws {
        try await withHouse { house in
            _ = try await house.post("evidence", in: house.home, as: house.ben)
            try await set(1, house.home, as: house.ana, house)
            house.clock.advance(by: .days(9))
            _ = try await house.server.emergencies.take(.readOnly(true), as: .console)
            try await house.server.retention.run()
            #expect(try await texts(house.home, house).contains("evidence"))
        }
    }

    @Test func `after a while nobody knows that there was a message, unless a thread hangs on it`() async throws {
        try await withHouse { house in
            let plain = try await house.post("plain", in: house.home, as: house.ben).message.id
            let root = try await house.post("root", in: house.home, as: house.ben).message.id
            let answer = try await house.server.messages.post(
                MessageDraft(text: "in the thread", thread: root), in: house.home, as: house.ana)
            let quoting = try await house.server.messages.post(
                MessageDraft(text: "quoting", replyTo: plain), in: house.home, as: house.ana)
            for id in [plain, root] { try await house.server.messages.delete(id, as: house.ben) }
            house.clock.advance(by: .days(29))
            let since = house.clock.now - .days(28)
            try await house.server.retention.run()
            #expect(try await house.count("messages WHERE id IN (\(plain), \(root))") == 2)
            house.clock.advance(by: .days(2))
            try await house.server.retention.run()
            #expect(try await house.count("messages WHERE id = \(plain)") == 0)
            #expect(try await house.count("messages WHERE id = \(root)") == 1)
            #expect(try await house.server.messages.find(quoting.message.id, as: house.ana).replyTo == nil)

            // Who was away for so long cannot be told what went, and loads everything again.
            let messages = house.server.messages
            let last = quoting.message.id
            #expect(try await !messages.changes(in: house.home, after: last, since: since, as: house.ana).isComplete)
            let recent = house.clock.now - .days(29)
            #expect(try await messages.changes(in: house.home, after: last, since: recent, as: house.ana).isComplete)

            try await house.server.messages.delete(answer.message.id, as: house.ana)
            house.clock.advance(by: .days(31))
            try await house.server.retention.run()
            try await house.server.retention.run()
            #expect(try await house.count("messages WHERE id = \(root)") == 0)
        }
    }

    @Test func `the owner and admins say how long, nobody else, and the log has it`() async throws {
        try await withHouse { house in
            let garden = try await house.server.channels.create(try ChannelDraft(name: "garden"), as: house.ben)
            try await set(30, garden.id, as: house.ben, house)
            try await set(60, garden.id, as: house.ana, house)
            try await set(60, garden.id, as: house.ana, house)
            await expect(.forbidden("only the channel's owner or an admin can do this")) {
                try await set(1, garden.id, as: house.cleo, house)
            }
            await expect(.notFound("channel")) { try await set(1, house.family, as: house.cleo, house) }
            await expect(.forbidden("this token lacks the scope channels:write")) {
                try await set(1, garden.id, as: house.ben.with(scopes: .channelsRead), house)
            }
            #expect(try await house.summary(of: garden.id, for: house.cleo).keptDays == 60)
            #expect(try await house.audited(.retentionChanged) == [2])
            // An admin who is not in a private channel looks after it without reading.
            let secret = try await house.server.channels.create(
                try ChannelDraft(name: "secret", isPrivate: true), as: house.ben)
            try await set(7, secret.id, as: house.ana, house)
            await expect(.notFound("channel")) { try await house.summary(of: secret.id, for: house.ana) }
            let direct = try await house.server.directMessages.open(with: [house.ben.user], as: house.ana).channel.id
            await expect(.forbidden("only the channel's owner or an admin can do this")) {
                try await set(1, direct, as: house.ana, house)
            }
        }
    }

    @Test func `admins say it for the server's own channel, of which nothing else can be changed`() async throws {
        try await withHouse { house in
            let now = house.clock.now
            let security = try await house.server.database.write { tx in
                let channel = try #require(try SecurityChannel.open(at: now, tx))
                try channel.post("something was noticed", at: now, tx)
                return channel.id
            }
            try await set(7, security, as: house.ana, house)
            await expect(.notFound("channel")) { try await set(7, security, as: house.ben, house) }
            await expect(.forbidden("the server keeps this channel for its admins")) {
                try await house.server.channels.update(
                    security, try ChannelChange(name: "other", retention: .days(1)), as: house.ana)
            }
            let summary = try await house.summary(of: security, for: house.ana)
            #expect(summary.canRetain && !summary.canManage && summary.keptDays == 7)
            house.clock.advance(by: .days(8))
            try await house.server.retention.run()
            #expect(try await !texts(security, house).contains("something was noticed"))
        }
    }

    @Test(arguments: [0, -1, 36_501, .max] as [Int64])
    func `a time that is none is refused by name`(days: Int64) {
        #expect(throws: ChatError.invalid("retention_days", "must be a number of days from 1 to 36500")) {
            try RetentionChoice(days: days)
        }
    }

    @Test func `fields say a time, none, or nothing`() throws {
        #expect(try RequestFields([:]).retention("days") == nil)
        for none in [JSONValue.null, .string("")] {
            #expect(try RequestFields(["days": none]).retention("days") == .usual)
        }
        #expect(try RequestFields(["days": .integer(7)]).retention("days") == .days(7))
        #expect(try RequestFields(["days": .string("7")]).retention("days") == .days(7))
        for unfit in [JSONValue.string("a week"), .boolean(true), .number(1.5), .integer(0), .array([])] {
            #expect(throws: ChatError.self) { try RequestFields(["days": unfit]).retention("days") }
        }
    }

    @Test func `what the configuration says is for a new installation`() async throws {
        try await withHouse { house in
            var settings = house.server.settings
            settings.retentionDays = 90
            try await SiteSettings.applyDefaults(settings, to: house.server.database)
            #expect(try await house.server.site.settings().retentionDays == 90)
            try await setForAll(nil, house)
            try await SiteSettings.applyDefaults(settings, to: house.server.database)
            #expect(try await house.server.site.settings().retentionDays == nil, "an admin has chosen since")
            #expect(try await house.audited(.settingChanged) == [1])
        }
    }
}
