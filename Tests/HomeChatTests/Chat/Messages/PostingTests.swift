import Testing

@testable import HomeChat

@Suite struct PostingTests {
    @Test func `a message is there for those in the channel, newest last`() async throws {
        try await withHouse { house in
            let first = try await house.post("dinner?", in: house.home, as: house.ana)
            let second = try await house.post("yes", in: house.home, as: house.ben)
            let page = try await house.server.messages.page(.newest, of: house.home, limit: 50, as: house.eve)
            #expect(page.messages.map(\.message.id) == [first.message.id, second.message.id])
            #expect(page.messages.last?.author.username == "ben")
        }
    }

    @Test func `the same nonce again gives the message that is there already`() async throws {
        try await withHouse { house in
            let first = try await house.post("once", in: house.home, as: house.ana, nonce: "n1")
            let again = try await house.post("once", in: house.home, as: house.ana, nonce: "n1")
            #expect(first.message.id == again.message.id)
            let other = try await house.post("once", in: house.home, as: house.ben, nonce: "n1")
            #expect(other.message.id != first.message.id)
            await expect(.conflict("this nonce was used in another channel")) {
                try await house.post("once", in: house.family, as: house.ana, nonce: "n1")
            }
        }
    }

    @Test func `a text must have 1 to 10,000 characters and no NUL`() throws {
        #expect(throws: ChatError.invalid("message", "must not be blank")) { try MessageDraft(text: " \n ") }
        #expect(throws: ChatError.invalid("message", "must not contain NUL")) { try MessageDraft(text: "a\0b") }
        #expect(throws: ChatError.self) { try MessageDraft(text: String(repeating: "x", count: 10_001)) }
        #expect(try MessageDraft(text: String(repeating: "é", count: 10_000)).text.count == 10_000)
    }

    @Test func `writing in a public channel joins it`() async throws {
        try await withHouse { house in
            let garden = try await house.server.channels.create(try ChannelDraft(name: "garden"), as: house.ana)
            _ = try await house.post("hello", in: garden.id, as: house.eve)
            #expect(try await house.summary(of: garden.id, for: house.eve).isMember)
        }
    }

    @Test func `an edit keeps what was said before for its author and for admins, not for others`() async throws {
        try await withHouse { house in
            let message = try await house.post("seven", in: house.home, as: house.ben)
            let edited = try await house.server.messages.edit(message.message.id, to: "eight", as: house.ben)
            #expect(edited.message.content == "eight" && edited.editedAt != nil)
            for reader in [house.ben, house.ana] {
                let history = try await house.server.messages.history(of: message.message.id, as: reader)
                #expect(history.map(\.content) == ["seven"])
            }
            await expect(.forbidden("only its author and admins can see what a message said before")) {
                try await house.server.messages.history(of: message.message.id, as: house.eve)
            }
            await expect(.forbidden("only its author can edit a message")) {
                try await house.server.messages.edit(message.message.id, to: "nine", as: house.ana)
            }
        }
    }

    @Test func `nothing of a deleted message stays, not even in the history`() async throws {
        try await withHouse { house in
            let message = try await house.post("a secret", in: house.home, as: house.ben, nonce: "n")
            _ = try await house.server.messages.edit(message.message.id, to: "a worse secret", as: house.ben)
            _ = try await house.server.messages.react("👍", to: message.message.id, as: house.ana)
            try await house.server.messages.delete(message.message.id, as: house.ben)
            let left: Int64? = try await house.server.database.read { tx in
                try tx.fetchOne(
                    """
                    SELECT (SELECT COUNT(*) FROM messages WHERE content <> '' AND id = \(message.message.id))
                        + (SELECT COUNT(*) FROM message_edits) + (SELECT COUNT(*) FROM reactions)
                    """)
            }
            #expect(left == 0)
            await expect(.notFound("message")) {
                try await house.server.messages.find(message.message.id, as: house.ben)
            }
        }
    }

    @Test func `deleting is for the author, the channel's owner and admins`() async throws {
        try await withHouse { house in
            let message = try await house.post("hm", in: house.home, as: house.ben)
            await expect(.forbidden("only its author can delete a message")) {
                try await house.server.messages.delete(message.message.id, as: house.eve)
            }
            try await house.server.messages.delete(message.message.id, as: house.ana)
        }
    }

    @Test func `a reply quotes a message of the same channel and no other`() async throws {
        try await withHouse { house in
            let secret = try await house.post("surprise for Eve", in: house.family, as: house.ana)
            let draft = try MessageDraft(text: "what?", replyTo: secret.message.id)
            await expect(.invalid("reply_to_id", "is no message of this channel")) {
                try await house.server.messages.post(draft, in: house.home, as: house.eve)
            }
            let reply = try await house.server.messages.post(draft, in: house.family, as: house.ben)
            #expect(reply.replyTo?.content == "surprise for Eve" && reply.replyTo?.username == "ana")
        }
    }

    @Test func `a thread hangs below its root and stays out of the timeline`() async throws {
        try await withHouse { house in
            let root = try await house.post("holiday?", in: house.home, as: house.ana)
            for word in ["sea", "hills"] {
                let draft = try MessageDraft(text: word, thread: root.message.id)
                _ = try await house.server.messages.post(draft, in: house.home, as: house.ben)
            }
            let timeline = try await house.server.messages.page(
                .newest, of: house.home, timeline: true, limit: 50, as: house.eve)
            #expect(timeline.messages.map(\.message.content) == ["holiday?"])
            #expect(timeline.messages.first?.thread?.replyCount == 2)
            let thread = try await house.server.messages.thread(root.message.id, as: house.eve)
            #expect(thread.map(\.message.content) == ["holiday?", "sea", "hills"])
        }
    }

    @Test func `where a thread hangs on a deleted message only that it was there stays, and the thread goes on`()
        async throws
    {
        try await withHouse { house in
            let messages = house.server.messages
            let root = try await house.post("a secret", in: house.home, as: house.ana).message.id
            let answer = try await messages.post(.init(text: "oh", thread: root), in: house.home, as: house.ben)
            try await messages.delete(root, as: house.ana)

            let page = try await messages.page(.newest, of: house.home, timeline: true, limit: 50, as: house.eve)
            #expect(page.messages.map(\.isErased) == [true] && page.messages.map(\.message.content) == [""])
            let all = try await messages.page(.newest, of: house.home, limit: 50, as: house.eve)
            #expect(all.messages.map(\.message.id) == [answer.message.id])
            await expect(.notFound("message")) { try await messages.find(root, as: house.ana) }
            await expect(.notFound("message")) { try await messages.edit(root, to: "back", as: house.ana) }
            await expect(.notFound("message")) { try await messages.react("👍", to: root, as: house.ana) }

            let more = try await messages.post(.init(text: "hm", thread: root), in: house.home, as: house.eve)
            let thread = try await messages.thread(root, as: house.eve)
            #expect(thread.map(\.message.id) == [root, answer.message.id, more.message.id])
            for one in [answer, more] { try await messages.delete(one.message.id, as: house.ana) }
            let empty = try await messages.page(.newest, of: house.home, timeline: true, limit: 50, as: house.eve)
            #expect(empty.messages.isEmpty)
            await expect(.notFound("message")) { try await messages.thread(root, as: house.eve) }
            await expect(.invalid("thread_id", "is no message of this channel that a thread can start from")) {
                try await messages.post(.init(text: "late", thread: root), in: house.home, as: house.eve)
            }
        }
    }

    @Test func `each kind of reaction counts a person once`() async throws {
        try await withHouse { house in
            let message = try await house.post("cake", in: house.home, as: house.ana)
            for person in [house.ben, house.eve, house.ben] {
                _ = try await house.server.messages.react("🎂", to: message.message.id, as: person)
            }
            let view = try await house.server.messages.unreact("🎂", from: message.message.id, as: house.eve)
            #expect(view.reactions.map(\.emoji) == ["🎂"] && view.reactions.first?.people.map(\.username) == ["ben"])
            await expect(.invalid("emoji", "must be one emoji")) {
                try await house.server.messages.react("ok", to: message.message.id, as: house.ben)
            }
        }
    }

    @Test func `whoever was away gets what was posted, changed and deleted meanwhile`() async throws {
        try await withHouse { house in
            let kept = try await house.post("kept", in: house.home, as: house.ana)
            let gone = try await house.post("gone", in: house.home, as: house.ana)
            house.clock.advance(by: .seconds(10))
            let left = house.clock.now
            _ = try await house.server.messages.edit(kept.message.id, to: "kept, edited", as: house.ana)
            try await house.server.messages.delete(gone.message.id, as: house.ana)
            let new = try await house.post("new", in: house.home, as: house.ana)
            let changes = try await house.server.messages.changes(
                in: house.home, after: gone.message.id, since: left, as: house.ben)
            #expect(changes.posted.map(\.message.id) == [new.message.id])
            #expect(changes.updated.map(\.message.content) == ["kept, edited"])
            #expect(changes.deleted == [gone.message.id] && changes.isComplete)
        }
    }
}
