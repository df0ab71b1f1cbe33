import NIOCore
import Testing

@testable import Cable

@Suite struct StreamTests {
    @Test func `all subscribers on two event loops get everything in the same order`() async throws {
        try await withCable(loops: 2) { server in
            var clients: [RawClient] = []
            for _ in 0..<40 { clients.append(try await server.listening(to: 7)) }
            try await Task.sleep(for: .milliseconds(30))
            await withTaskGroup { tasks in
                for writer in 0..<4 {
                    tasks.addTask {
                        for number in 0..<50 { server.post("\(writer)-\(number)", to: 7) }
                    }
                }
            }
            var orders: Set<[String]> = []
            for client in clients {
                var texts: [String] = []
                for _ in 0..<200 { texts.append(try await client.next().text) }
                orders.insert(texts)
            }
            #expect(orders.count == 1)
        }
    }

    @Test func `two spellings of one stream both get the message and others do not`() async throws {
        try await withCable { server in
            let ana = try await server.listening(to: 7)
            let ben = try await server.connect(token: "ben")
            try await ben.expect(#"{"type":"welcome"}"#)
            let spaced = Spelling(json: #"{"channel": "ChatChannel", "channel_id": "7"}"#)
            try await ben.subscribe(to: spaced)
            try await ben.subscribe(to: .chat(7))
            let cleo = try await server.listening(to: 8, as: "cleo")
            server.post("seven", to: 7)
            server.post("eight", to: 8)
            try await ana.expect(Spelling.chat(7).message("seven"))
            let both = [try await ben.next().text, try await ben.next().text]
            #expect(Set(both) == [spaced.message("seven"), Spelling.chat(7).message("seven")])
            try await cleo.expect(Spelling.chat(8).message("eight"))
        }
    }

    @Test func `who is closed out hears nothing more, and others still do`() async throws {
        try await withCable { server in
            let ana = try await server.listening(to: 7)
            let ben = try await server.listening(to: 7, as: "ben")
            server.post("before", to: 7)
            server.registry.apply([.close("channel:7", tag: "user:ben")])
            server.post("after", to: 7)
            try await ana.expect(Spelling.chat(7).message("before"))
            try await ana.expect(Spelling.chat(7).message("after"))
            // "before" may have been kept back when the right ended; then it is not sent either.
            var frame = try await ben.next().text
            if frame == Spelling.chat(7).message("before") { frame = try await ben.next().text }
            #expect(frame == Spelling.chat(7).rejection)
            try await Task.sleep(for: .milliseconds(30))
            #expect(ben.waiting().isEmpty)
            #expect(try await eventually { server.calls.all == ["ben ended 7"] })
            try await ben.subscribe(to: .chat(8))
        }
    }

    @Test func `what is kept back while a subscription settles is not sent after the right has ended`() async throws {
        var limits = CableLimits.quick
        limits.settleTime = .seconds(20)
        try await withCable(limits: limits) { server in
            let ana = try await server.listening(to: 7)
            server.post("secret", to: 7)
            server.registry.apply([.close("channel:7", tag: "user:ana")])
            try await ana.expect(Spelling.chat(7).rejection)
            try await ana.subscribe(to: .chat(8))
            #expect(ana.waiting().isEmpty)
        }
    }

    @Test func `a growing subscription follows what is opened and closed`() async throws {
        try await withCable { server in
            let ana = try await server.connect()
            try await ana.expect(#"{"type":"welcome"}"#)
            try await ana.subscribe(to: .everything)
            let ben = try await server.listening(to: 1, as: "ben")
            server.registry.apply([.open("channel:2", tag: "user:ana"), .open("channel:2", tag: "user:ben")])
            server.post("two", to: 2)
            server.post("one", to: 1)
            try await ana.expect(Spelling.everything.message("two"))
            try await ana.expect(Spelling.everything.message("one"))
            try await ben.expect(Spelling.chat(1).message("one"))
            server.registry.apply([.close("channel:1", tag: "user:ana"), .close("channel:2", tag: "user:ana")])
            server.post("gone", to: 1)
            server.registry.apply([.open("channel:3", tag: "user:ana")])
            server.post("three", to: 3)
            try await ana.expect(Spelling.everything.message("three"))
            #expect(server.calls.all.isEmpty)
        }
    }

    @Test func `a stream that ends is heard by nobody`() async throws {
        try await withCable(loops: 2) { server in
            let ana = try await server.listening(to: 7)
            let ben = try await server.listening(to: 7, as: "ben")
            let cleo = try await server.listening(to: 8, as: "cleo")
            server.registry.apply([.end("channel:7")])
            server.post("gone", to: 7)
            server.post("eight", to: 8)
            try await ana.expect(Spelling.chat(7).rejection)
            try await ben.expect(Spelling.chat(7).rejection)
            try await cleo.expect(Spelling.chat(8).message("eight"))
            #expect(try await eventually { Set(server.calls.all) == ["ana ended 7", "ben ended 7"] })
        }
    }

    @Test func `a tag disconnects its connections and no others`() async throws {
        try await withCable(loops: 2) { server in
            let ana = try await server.listening(to: 7)
            let phone = try await server.listening(to: 7)
            let ben = try await server.listening(to: 7, as: "ben")
            server.registry.apply([
                .disconnect(tag: "user:ana", reason: "unauthorized", reconnect: false),
                .send("channel:7", ByteBuffer(string: #""secret""#)),
            ])
            for client in [ana, phone] {
                try await client.expect(#"{"type":"disconnect","reason":"unauthorized","reconnect":false}"#)
                #expect(try await client.next().closeCode == 1000)
                #expect(try await eventually(within: .seconds(1)) { client.isClosed })
            }
            try await ben.expect(Spelling.chat(7).message("secret"))
            #expect(try await eventually { server.calls.all == ["ana ended 7", "ana ended 7"] })
        }
    }

    @Test func `everybody can be told to come back`() async throws {
        try await withCable(loops: 2) { server in
            let clients = [try await server.listening(to: 1), try await server.listening(to: 2, as: "ben")]
            server.registry.apply([.disconnectAll(reason: "remote", reconnect: true)])
            for client in clients {
                try await client.expect(#"{"type":"disconnect","reason":"remote","reconnect":true}"#)
            }
        }
    }

    @Test func `pings come as text with the time`() async throws {
        var limits = CableLimits.quick
        limits.pingInterval = .milliseconds(40)
        try await withCable(limits: limits) { server in
            let ana = try await server.connect()
            _ = try await ana.next()
            let marker = Array(#"{"type":"ping","message":1"#.utf8)
            #expect(try await eventually { !ana.received.ranges(of: marker).isEmpty })
        }
    }

    @Test func `a graceful stop says server_restart and closes`() async throws {
        try await withCable(loops: 2) { server in
            let ana = try await server.listening(to: 7)
            let ben = try await server.listening(to: 7, as: "ben")
            try await ben.send(frame: 0x89, [1])
            let start = ContinuousClock.now
            await server.registry.shutDown(within: .seconds(60))
            #expect(ContinuousClock.now - start < .seconds(30))  // it does not wait for its limit
            for client in [ana, ben] {
                #expect(try await eventually { client.isClosed })
                let frames = client.waiting()
                let restart = #"{"type":"disconnect","reason":"server_restart","reconnect":true}"#
                #expect(frames.contains { $0.text == restart })
                #expect(frames.last?.closeCode == 1001)
            }
            let late = try await server.connect()
            try await late.expect(#"{"type":"disconnect","reason":"server_restart","reconnect":true}"#)
        }
    }
}
