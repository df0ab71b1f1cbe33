import Testing

@testable import HomeChat

/// Where the server may be sent to, and who may say so.
@Suite struct DeliveryTargetTests {
    private func target(_ url: String, _ networks: String...) -> DeliveryTarget {
        DeliveryTarget(url: url, networks: networks.compactMap(Network.init), webhookID: nil, secret: nil)
    }

    private func problem(_ target: DeliveryTarget, resolving addresses: String...) async -> String? {
        let sender = DeliverySender(
            homeAssistant: .init(), lookUp: { _ in addresses }, limit: .seconds(60))
        return await sender.send("{}", "message", id: "1", to: target).problem
    }

    @Test func `a public name that leads into the house is refused, unless an admin named the place`() async throws {
        try await WebhookSink.with { sink, port in
            let refused = "its address is none that the server may connect to"
            let url = "https://hooks.example.org:\(port)/"
            #expect(await problem(target(url), resolving: "127.0.0.1") == refused)
            #expect(await problem(target(url), resolving: "192.168.1.1") == refused)
            #expect(await problem(target(url), resolving: "::ffff:10.0.0.1") == refused)
            #expect(await problem(target(url, "10.0.0.0/8"), resolving: "127.0.0.1") == refused)
            #expect(sink.received.isEmpty)
            let plain = "http://hooks.example.org:\(port)/"
            #expect(await problem(target(plain, "127.0.0.0/8"), resolving: "127.0.0.1") == nil)
            #expect(sink.received.count == 1)
        }
    }

    @Test func `metadata is out of reach, also for whoever names every network`() async {
        let refused = "its address is none that the server may connect to"
        for address in ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "::ffff:169.254.169.254"] {
            let open = target("http://meta.example.org/", "0.0.0.0/0", "::/0", "169.254.0.0/16")
            #expect(await problem(open, resolving: address) == refused)
            let home = DeliverySender(
                homeAssistant: .init(url: "http://meta.example.org"), lookUp: { _ in [address] })
            let hook = DeliveryTarget(url: nil, networks: [], webhookID: "a", secret: nil)
            #expect(await home.send("{}", "message", id: "1", to: hook).problem == refused)
        }
    }

    @Test func `without TLS nothing leaves the named networks`() async {
        let refused = "its address is none that the server may connect to"
        #expect(await problem(target("http://example.org/", "192.168.1.0/24"), resolving: "93.184.216.34") == refused)
        #expect(await problem(target("http://example.org/"), resolving: "93.184.216.34") == refused)
    }

    @Test func `a redirect is not followed, wherever it leads`() async throws {
        try await WebhookSink.with { sink, port in
            for (code, place) in [(302, "http://169.254.169.254/latest/"), (307, "/again"), (308, "https://a.org/")] {
                sink.answer(WebhookSink.status(code, "Location: \(place)\r\n"))
                let found = await problem(target("http://127.0.0.1:\(port)/", "127.0.0.1"), resolving: "127.0.0.1")
                #expect(found == "it redirects, which is not followed")
            }
            #expect(sink.received.count == 3)
        }
    }

    @Test func `members name public addresses with TLS, and only admins others`() async throws {
        try await withHouse { house in
            let door = house.server.outgoingWebhooks
            let bot = try await house.server.bots.create(try NewBot(name: "bens"), as: house.ben).bot
            await expect(.forbidden("only an admin can name private networks")) {
                try await door.create(
                    try NewOutgoingWebhook(url: "https://a.org/", networks: ["10.0.0.0/8"]), for: bot.id, as: house.ben)
            }
            await expect(.invalid("url", "must begin with https: unless it is in networks that an admin names")) {
                try await door.create(try NewOutgoingWebhook(url: "http://a.org/"), for: bot.id, as: house.ben)
            }
            let made = try await door.create(
                try NewOutgoingWebhook(url: "http://a.org/", networks: ["10.0.0.0/8"]), for: bot.id, as: house.ana)
            // Its owner does not turn what an admin allowed for one address into another.
            await expect(.forbidden("only an admin can name private networks")) {
                try await door.update(
                    made.webhook.id, of: bot.id, try OutgoingWebhookChange(url: "http://10.0.0.1/"), as: house.ben)
            }
            let quiet = try await door.update(
                made.webhook.id, of: bot.id, try OutgoingWebhookChange(events: ["reaction"]), as: house.ben)
            #expect(quiet.events == [.reaction] && quiet.networks == ["10.0.0.0/8"])
            await expect(.invalid("url", "must begin with https: unless it is in networks that an admin names")) {
                try await door.update(
                    made.webhook.id, of: bot.id, try OutgoingWebhookChange(networks: []), as: house.ben)
            }
            for person in [house.cleo, house.eve] {
                await expect(.notFound("bot")) { try await door.list(of: bot.id, as: person) }
            }
            await expect(.forbidden("this token lacks the scope bots")) {
                try await door.list(of: bot.id, as: house.ben.with(scopes: .messagesRead))
            }
        }
    }
}
