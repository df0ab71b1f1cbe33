import NIOCore
import Testing

@testable import Cable

@Suite struct LimitTests {
    @Test func `a slow consumer is cut off and told to come back, and nobody waits for it`() async throws {
        var limits = CableLimits.quick
        limits.maximumBufferedBytes = 200_000
        limits.drainTime = .seconds(60)
        try await withCable(limits: limits) { server in
            let slow = try await server.listening(to: 7, as: "ben")
            let quick = try await server.listening(to: 7)
            try await Task.sleep(for: .milliseconds(30))
            try await slow.stopReading()
            let text = String(repeating: "x", count: 20_000)
            // More than the kernel takes for two sockets on loopback.
            for round in 0..<400 {
                server.post("\(round)\(text)", to: 7)
                #expect(try await quick.next().text == Spelling.chat(7).message("\(round)\(text)"))
            }
            #expect(try await eventually { server.registry.connectionCount == 1 })
            try await slow.resumeReading()
            var texts: [String] = []
            while texts.last?.hasPrefix(#"{"type":"disconnect""#) != true { texts.append(try await slow.next().text) }
            #expect(texts.last == #"{"type":"disconnect","reason":"remote","reconnect":true}"#)
            #expect(texts.dropLast() == texts.indices.dropLast().map { Spelling.chat(7).message("\($0)\(text)") }[...])
            #expect(texts.count < 400)
            #expect(try await slow.next().closeCode == 1013)
            #expect(try await eventually { server.calls.all == ["ben ended 7"] })
        }
    }

    @Test func `a consumer that never reads is closed hard`() async throws {
        var limits = CableLimits.quick
        limits.maximumBufferedBytes = 200_000
        limits.drainTime = .milliseconds(100)
        try await withCable(limits: limits) { server in
            let slow = try await server.listening(to: 7)
            try await Task.sleep(for: .milliseconds(30))
            try await slow.stopReading()
            let text = String(repeating: "x", count: 50_000)
            for _ in 0..<400 { server.post(text, to: 7) }
            #expect(try await eventually { server.registry.tally.sockets == 0 })
        }
    }

    @Test func `a peer that takes nothing for too long is dropped`() async throws {
        var limits = CableLimits.quick
        limits.pingInterval = .milliseconds(30)
        limits.deadPeerTimeout = .milliseconds(150)
        limits.maximumBufferedBytes = 100 << 20
        try await withCable(limits: limits) { server in
            let dead = try await server.listening(to: 7)
            try await Task.sleep(for: .milliseconds(30))
            try await dead.stopReading()
            let text = String(repeating: "x", count: 50_000)
            for _ in 0..<400 { server.post(text, to: 7) }
            #expect(try await eventually { server.registry.tally.sockets == 0 })
        }
    }

    @Test func `too many commands at once are an invalid request`() async throws {
        var limits = CableLimits.quick
        limits.maximumQueuedCommands = 5
        try await withCable(
            limits: limits,
            channels: { _ in
                [
                    CableChannel(
                        name: "ChatChannel",
                        subscribe: { _, _ in CableSubscriptionGrant(streams: ["channel:7"]) },
                        perform: { _, _, _, _ in try? await Task.sleep(for: .seconds(60)) },  // cancelled at the end
                        ended: { _, _ in })
                ]
            }
        ) { server in
            let client = try await server.listening(to: 7)
            let action = #","data":"{\"action\":\"read\"}""#
            for _ in 0..<7 { try await client.send(text: Spelling.chat(7).command("message", action)) }
            try await client.expect(#"{"type":"disconnect","reason":"invalid_request","reconnect":false}"#)
            #expect(try await client.next().closeCode == 1008)
        }
    }

    @Test func `a client that subscribes to everything at once is served`() async throws {
        try await withCable { server in
            let client = try await server.connect()
            try await client.expect(#"{"type":"welcome"}"#)
            let commands = (1000..<1400).flatMap {
                RawClient.frame(0x81, Array(Spelling.chat($0).command("subscribe").utf8))
            }
            try await client.send(commands)
            for number in 1000..<1400 { try await client.expect(Spelling.chat(number).confirmation) }
        }
    }

    @Test func `a flood of frames is an invalid request`() async throws {
        var limits = CableLimits.quick
        limits.maximumFramesPerInterval = 100
        try await withCable(limits: limits) { server in
            let client = try await server.listening(to: 7)
            try await client.send((0..<200).flatMap { _ in RawClient.frame(0x89, []) })
            #expect(try await client.closeCode() == 1008)
        }
    }

    @Test func `what is kept back while a subscription settles is bounded`() async throws {
        var limits = CableLimits.quick
        limits.settleTime = .seconds(2)
        limits.maximumBufferedBytes = 100_000
        try await withCable(limits: limits) { server in
            let client = try await server.listening(to: 7)
            for _ in 0..<20 { server.post(String(repeating: "x", count: 10_000), to: 7) }
            try await client.expect(#"{"type":"disconnect","reason":"remote","reconnect":true}"#)
        }
    }

    @Test func `clients that vanish leave nothing behind`() async throws {
        try await withCable(loops: 2) { server in
            var clients: [RawClient] = []
            for _ in 0..<20 { clients.append(try await server.listening(to: 7)) }
            for client in clients { try await client.close() }
            #expect(try await eventually { server.registry.tally.sockets == 0 })
            #expect(try await eventually { server.calls.count("ana ended 7") == 20 })
            server.post("nobody", to: 7)
        }
    }
}
