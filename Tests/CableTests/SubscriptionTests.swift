import Testing

@testable import Cable

@Suite struct SubscriptionTests {
    @Test func `a subscription is confirmed or rejected`() async throws {
        try await withCable { server in
            let ana = try await server.listening(to: 7)
            let unknown = Spelling(json: #"{"channel":"NoSuchChannel"}"#)
            for spelling in [.chat(404), .chat(500), unknown, Spelling(json: "no object"), Spelling(json: "[]")] {
                try await ana.send(text: spelling.command("subscribe"))
                try await ana.expect(spelling.rejection)
            }
        }
    }

    @Test(arguments: [
        #""{\"channel\": \"ChatChannel\", \"channel_id\": 7}""#,
        #""{\n  \"channel_id\" : \"7\",\n\t\"channel\" : \"ChatChannel\"\n}""#,
        #""{\"channel_id\":7.0,\"channel\":\"ChatChannel\",\"x\":\"\u00e9\u0065\u0301 \/ é\"}""#,
        #""{\"channel\":\"ChatChannel\",\"channel_id\":7,\"x\":\"\\ud800\"}""#,
    ])
    func `the identifier is echoed byte for byte`(identifier: String) async throws {
        try await withCable { server in
            let ana = try await server.connect()
            try await ana.expect(#"{"type":"welcome"}"#)
            try await ana.send(text: #"{ "identifier" : \#(identifier), "command" : "subscribe" }"#)
            try await ana.expect(#"{"identifier":\#(identifier),"type":"confirm_subscription"}"#)
            server.post("hello", to: 7)
            try await ana.expect(#"{"identifier":\#(identifier),"message":"hello"}"#)
            let data = #""{\"action\":\"read\",\"up_to\":\"3\"}""#
            try await ana.send(text: #"{"command":"message","identifier":\#(identifier),"data":\#(data)}"#)
            #expect(try await eventually { server.calls.all == ["ana read 7 3"] })
        }
    }

    @Test func `asking twice is confirmed twice and heard once`() async throws {
        try await withCable { server in
            let ana = try await server.listening(to: 7)
            try await ana.subscribe(to: .chat(7))
            server.post("hello", to: 7)
            try await ana.expect(Spelling.chat(7).message("hello"))
            try await ana.send(frame: 0x89, [1])
            #expect(try await ana.next().opcode == 10)
            try await ana.close()
            #expect(try await eventually { server.calls.all == ["ana ended 7"] })
        }
    }

    @Test func `commands that come before the welcome are performed after it`() async throws {
        try await withCable { server in
            let client = try await RawClient.connect(to: server.port)
            let command = RawClient.frame(0x81, Array(Spelling.chat(7).command("subscribe").utf8))
            try await client.send(Array(RawClient.handshake("/cable?token=ana").utf8) + command)
            #expect(try await client.response().head.hasPrefix("HTTP/1.1 101 "))
            try await client.expect(#"{"type":"welcome"}"#)
            try await client.expect(Spelling.chat(7).confirmation)
        }
    }

    @Test func `actions need a confirmed subscription`() async throws {
        try await withCable { server in
            let ana = try await server.listening(to: 7)
            let read = #","data":"{\"action\":\"read\",\"up_to\":3}""#
            try await ana.send(text: Spelling.chat(8).command("message", read))
            try await ana.send(text: Spelling.chat(7).command("message", read))
            try await ana.send(text: Spelling.chat(7).command("message", #","data":"{\"no\":\"action\"}""#))
            try await ana.send(text: Spelling.chat(7).command("unsubscribe"))
            try await ana.send(text: Spelling.chat(7).command("message", read))
            try await ana.subscribe(to: .chat(9))
            #expect(server.calls.all == ["ana read 7 3", "ana ended 7"])
            server.post("not for me", to: 7)
            server.post("for me", to: 9)
            try await ana.expect(Spelling.chat(9).message("for me"))
        }
    }

    @Test func `no message comes within the settle time`() async throws {
        var limits = CableLimits.quick
        limits.settleTime = .seconds(20)
        try await withCable(limits: limits) { server in
            let ana = try await server.listening(to: 7)
            server.post("hello", to: 7)
            try await ana.subscribe(to: .chat(8))  // answered meanwhile, and after the message was delivered
            try await Task.sleep(for: .milliseconds(60))
            #expect(ana.waiting().isEmpty)
        }
    }

    @Test func `what came within the settle time follows in order`() async throws {
        var limits = CableLimits.quick
        limits.settleTime = .milliseconds(60)
        try await withCable(limits: limits) { server in
            let ana = try await server.listening(to: 7)
            for number in 0..<20 { server.post("\(number)", to: 7) }
            try await ana.expect(Spelling.chat(7).message("0"))
            server.post("20", to: 7)
            for number in 1...20 { try await ana.expect(Spelling.chat(7).message("\(number)")) }
        }
    }

    @Test(arguments: [
        StreamOperation.close("channel:7", tag: "user:ana"),
        .end("channel:7"),
    ])
    func `a right that is lost while it is checked is not granted`(loss: StreamOperation) async throws {
        let (checks, checking) = AsyncStream.makeStream(of: CheckedContinuation<CableSubscriptionGrant?, Never>.self)
        try await withCable(channels: { calls in
            [
                CableChannel(
                    name: "ChatChannel",
                    subscribe: { _, _ in await withCheckedContinuation { checking.yield($0) } },
                    perform: { _, _, _, _ in }, ended: { _, _ in calls.add("ended") })
            ]
        }) { server in
            let ana = try await server.connect()
            try await ana.expect(#"{"type":"welcome"}"#)
            try await ana.send(text: Spelling.chat(7).command("subscribe"))
            var iterator = checks.makeAsyncIterator()
            let first = try #require(await iterator.next())
            server.registry.apply([loss])
            first.resume(returning: CableSubscriptionGrant(streams: ["channel:7"]))  // read before the loss
            let second = try #require(await iterator.next())
            second.resume(returning: nil)
            try await ana.expect(Spelling.chat(7).rejection)
            #expect(server.calls.all.isEmpty)
        }
    }

    @Test func `a channel that is joined while a growing subscription is checked is not missed`() async throws {
        let (checks, checking) = AsyncStream.makeStream(of: CheckedContinuation<CableSubscriptionGrant?, Never>.self)
        try await withCable(channels: { calls in
            [
                CableChannel(
                    name: "ChatChannel",
                    subscribe: { _, _ in await withCheckedContinuation { checking.yield($0) } },
                    began: { _, _ in calls.add("began") },
                    perform: { _, _, _, _ in },
                    ended: { _, _ in calls.add("ended") })
            ]
        }) { server in
            let ana = try await server.connect()
            try await ana.expect(#"{"type":"welcome"}"#)
            try await ana.send(text: Spelling.everything.command("subscribe"))
            var iterator = checks.makeAsyncIterator()
            let first = try #require(await iterator.next())
            server.registry.apply([.open("channel:2", tag: "user:ana")])
            first.resume(returning: CableSubscriptionGrant(streams: ["channel:1"], grows: true))
            let second = try #require(await iterator.next())
            second.resume(returning: CableSubscriptionGrant(streams: ["channel:1", "channel:2"], grows: true))
            try await ana.expect(Spelling.everything.confirmation)
            server.post("hello", to: 2)
            try await ana.expect(Spelling.everything.message("hello"))
            try await ana.close()
            #expect(try await eventually { server.calls.all == ["began", "ended"] })
        }
    }

    @Test func `there are only so many subscriptions`() async throws {
        var limits = CableLimits.quick
        limits.maximumSubscriptions = 3
        try await withCable(limits: limits) { server in
            let ana = try await server.listening(to: 1)
            try await ana.subscribe(to: .chat(2))
            try await ana.subscribe(to: .chat(3))
            try await ana.send(text: Spelling.chat(4).command("subscribe"))
            try await ana.expect(Spelling.chat(4).rejection)
            try await ana.subscribe(to: .chat(2))
            let long = Spelling(json: #"{"channel":"ChatChannel","x":"\#(String(repeating: "x", count: 3000))"}"#)
            try await ana.send(text: Spelling.chat(3).command("unsubscribe"))
            try await ana.send(text: long.command("subscribe"))
            try await ana.expect(long.rejection)
        }
    }
}
