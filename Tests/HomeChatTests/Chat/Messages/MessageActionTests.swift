import Foundation
import Testing

@testable import HomeChat

@Suite struct MessageActionTests {
    private func card(_ text: String, _ actions: [NewAction] = []) throws -> MessageDraft {
        try MessageDraft(text: text, key: "front-door", actions: actions)
    }

    @Test func `the next message with the same key takes the place of the last`() async throws {
        try await withHouse { house in
            let messages = house.server.messages
            let first = try await messages.post(try card("open"), in: house.home, as: house.ben)
            let second = try await messages.post(try card("closed, @cleo"), in: house.home, as: house.ben)
            #expect(second.message.id == first.message.id)
            #expect(second.message.content == "closed, @cleo")
            #expect(second.mentions.map(\.username) == ["cleo"])
            #expect(second.editedAt == nil)
            let others = try await messages.post(try card("mine"), in: house.home, as: house.eve)
            let elsewhere = try await messages.post(try card("here too"), in: house.family, as: house.ben)
            #expect(Set([first, others, elsewhere].map(\.message.id)).count == 3)
            try await messages.delete(first.message.id, as: house.ben)
            let again = try await messages.post(try card("open"), in: house.home, as: house.ben)
            #expect(again.message.id != first.message.id)
        }
    }

    @Test func `a card keeps its buttons and who pressed them`() async throws {
        try await withHouse { house in
            let admin = house.ana.with(scopes: .admin, .messagesWrite, .messagesRead)
            let seen = try NewAction(id: "seen", label: "Seen", style: .primary)
            let posted = try await house.server.messages.post(try card("open", [seen]), in: house.home, as: admin)
            _ = try await house.server.messages.press("seen", on: posted.message.id, as: house.eve)
            let view = try await house.server.messages.post(try card("closed"), in: house.home, as: admin)
            #expect(view.actions.map(\.id) == ["seen"])
            #expect(view.actions.first?.pressedBy?.username == "eve")
        }
    }

    @Test func `buttons come with an admin's token only, and outsiders cannot press them`() async throws {
        try await withHouse { house in
            let seen = try NewAction(id: "seen", label: "Seen")
            for who in [house.ben, house.ana, house.ana.with(scopes: .messagesWrite)] {
                await expect(.forbidden("only bots and an admin's token can post buttons")) {
                    try await house.server.messages.post(try card("open", [seen]), in: house.home, as: who)
                }
            }
            let admin = house.ana.with(scopes: .admin, .messagesWrite)
            let posted = try await house.server.messages.post(try card("open", [seen]), in: house.family, as: admin)
            await expect(.notFound("message")) {
                try await house.server.messages.press("seen", on: posted.message.id, as: house.eve)
            }
        }
    }

    @Test(arguments: [
        #"[{"id":"A","label":"x"}]"#, #"[{"id":"","label":"x"}]"#, #"[{"id":"a","label":""}]"#,
        #"[{"id":"a","label":"x","style":"loud"}]"#, #"[{"id":"a","label":"x"},{"id":"a","label":"y"}]"#, #""a""#,
        "[1]",
        #"[{"id":"1","label":"x"},{"id":"2","label":"x"},{"id":"3","label":"x"},{"id":"4","label":"x"},{"id":"5","label":"x"},{"id":"6","label":"x"}]"#,
    ]) func `buttons that are not fit are refused`(json: String) throws {
        let value = try JSONDecoder().decode(JSONValue.self, from: Data(json.utf8))
        #expect(throws: ChatError.self) { try [NewAction](value) }
    }
}
