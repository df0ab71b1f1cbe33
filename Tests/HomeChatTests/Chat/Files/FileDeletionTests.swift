import Storage
import Testing

@testable import HomeChat

@Suite struct FileDeletionTests {
    @Test func `a deleted channel is gone at once, and its name is free`() async throws {
        try await withHouse { house in
            let channels = house.server.channels
            let made = try await channels.create(try ChannelDraft(name: "garden"), as: house.ben)
            let file = try await house.upload("picture", as: house.ana)
            let message = try await house.send(file, in: made.id, as: house.ana)
            try await channels.delete(made.id, as: house.ben)
            for person in [house.ana, house.ben, house.cleo] {
                await expect(.notFound("channel")) { try await channels.find(made.id, as: person) }
                await expect(.notFound("message")) { try await house.server.messages.find(message, as: person) }
                #expect(try await !house.isThere(file, for: person))
                #expect(try await !channels.list(as: person).contains { $0.channel.id == made.id })
            }
            // An admin looks after private channels, and not after what is left of one.
            await expect(.notFound("channel")) { try await channels.delete(made.id, as: house.ana) }
            await expect(.notFound("channel")) { try await channels.archive(made.id, as: house.ana) }
            #expect(try await !channels.all(as: house.ana).contains { $0.id == made.id })
            let again = try await channels.create(try ChannelDraft(name: "garden"), as: house.cleo)
            #expect(again.id != made.id)
            try await channels.delete(again.id, as: house.cleo)
            try await house.sweeper.sweep()
            #expect(try await house.count("channels WHERE name = 'garden'") == 0)
            #expect(try await house.count("messages WHERE id = \(message)") == 0)
            #expect(house.stored.isEmpty)
        }
    }

    @Test func `what a deleted channel leaves goes in slices, threads and all`() async throws {
        try await withHouse { house in
            let made = try await house.server.channels.create(try ChannelDraft(name: "garden"), as: house.ben)
            let root = try await house.post("root", in: made.id, as: house.ben)
            _ = try await house.server.messages.post(
                MessageDraft(text: "answer", replyTo: root.message.id, thread: root.message.id), in: made.id,
                as: house.ana)
            _ = try await house.server.messages.react("👍", to: root.message.id, as: house.ana)
            _ = try await house.server.messages.edit(root.message.id, to: "changed", as: house.ben)
            try await house.fill(made.id, 1200)
            let other = try await house.post("elsewhere", in: house.home, as: house.ana)
            try await house.server.channels.delete(made.id, as: house.ben)
            #expect(try await house.count("messages WHERE channel_id = \(made.id)") > 1200)
            try await house.server.database.write { tx in
                try Channel.removeRemains(atMost: 100, tx)
            }
            #expect(try await house.count("messages WHERE id = \(root.message.id)") == 1, "the newest go first")
            try await house.sweeper.sweep()
            #expect(try await house.count("messages WHERE channel_id = \(made.id)") == 0)
            #expect(try await house.count("channels WHERE id = \(made.id)") == 0)
            for table in ["message_edits", "reactions"] as [SQL] { #expect(try await house.count(table) == 0) }
            #expect(
                try await house.server.messages.find(other.message.id, as: house.ben).message.content == "elsewhere")
        }
    }

    @Test func `a bot that spoke in a deleted channel by default speaks nowhere by default`() async throws {
        try await withHouse { house in
            let made = try await house.server.channels.create(try ChannelDraft(name: "garden"), as: house.ana)
            try await house.server.database.write { tx in
                try tx.execute(
                    """
                    INSERT INTO users (username, name_key, display_name, role, time_zone, created_at)
                    VALUES ('robo', 'robo', 'Robo', 'user', '', 0)
                    """)
                try tx.execute(
                    """
                    INSERT INTO bots (user_id, name, name_key, description, channel_id, created_at, updated_at)
                    SELECT id, 'robo', 'robo', '', \(made.id), 0, 0 FROM users WHERE username = 'robo'
                    """)
            }
            try await house.server.channels.delete(made.id, as: house.ana)
            #expect(try await house.count("bots WHERE channel_id IS NULL") == 1)
        }
    }

    @Test func `what somebody uploaded and never sent goes with the account, what was sent stays`() async throws {
        try await withHouse { house in
            let waiting = try await house.upload("waiting", as: house.cleo)
            let sent = try await house.upload("sent", as: house.cleo)
            _ = try await house.send(sent, in: house.home, as: house.cleo)
            try await house.server.users.delete(house.cleo.user, as: .console)
            try await house.sweeper.sweep()
            #expect(house.stored == [sent.content.storedAs])
            #expect(try await house.isThere(sent, for: house.ben))
            #expect(try await house.count("files WHERE key = \(waiting.key)") == 0)
        }
    }

    @Test func `the end of a visit takes what a guest did not send`() async throws {
        try await withHouse { house in
            let end = house.clock.now + .days(1)
            try await house.server.database.write { tx in
                try tx.execute(
                    "UPDATE users SET restriction = 'guest', access_until = \(end) WHERE id = \(house.eve.user)")
            }
            _ = try await house.upload("waiting", as: house.eve)
            try await house.server.roles.endVisits()
            #expect(try await house.count("files") == 1)
            house.clock.advance(by: .days(1) + .seconds(1))
            try await house.server.roles.endVisits()
            #expect(try await house.count("files") == 0)
        }
    }
}

extension House {
    /// So many messages at once, of now.
    func fill(_ channel: Channel.ID, _ count: Int64) async throws {
        let (author, now) = (ana.user, clock.now)
        try await server.database.write { tx in
            try tx.execute(
                """
                INSERT INTO messages (channel_id, author_id, content, search_text, message_type, created_at, updated_at)
                WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(count))
                SELECT CAST(\(channel) AS BIGINT), CAST(\(author) AS BIGINT), 'message ' || n, 'message ' || n, 'chat',
                    CAST(\(now) AS BIGINT), CAST(\(now) AS BIGINT)
                FROM numbers
                """)
        }
    }
}
