import Testing

@testable import Cable

@Suite struct FramingTests {
    static let violations: [(name: String, bytes: [UInt8], code: Int)] = [
        ("unmasked", RawClient.frame(0x81, Array("{}".utf8), masked: false), 1002),
        ("RSV1", RawClient.frame(0xC1, []), 1002),
        ("RSV2", RawClient.frame(0xA1, []), 1002),
        ("RSV3", RawClient.frame(0x91, []), 1002),
        ("opcode 3", RawClient.frame(0x83, []), 1002),
        ("opcode 11", RawClient.frame(0x8B, []), 1002),
        ("fragmented ping", RawClient.frame(0x09, []), 1002),
        ("long ping", RawClient.frame(0x89, [UInt8](repeating: 1, count: 126)), 1002),
        ("continuation of nothing", RawClient.frame(0x80, []), 1002),
        ("text inside a message", RawClient.frame(0x01, [97]) + RawClient.frame(0x81, [97]), 1002),
        ("length not in its shortest form", [0x81, 0xFE, 0, 1, 0, 0, 0, 0, 97], 1002),
        ("length with the top bit", [0x81, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0], 1002),
        ("close with one byte", RawClient.frame(0x88, [3]), 1002),
        ("close with a reserved code", RawClient.frame(0x88, [0x03, 0xED]), 1002),
        ("close with a broken reason", RawClient.frame(0x88, [0x03, 0xE8, 0xFF]), 1007),
        ("binary", RawClient.frame(0x82, [1, 2]), 1003),
        ("not UTF-8", RawClient.frame(0x81, [0xC3, 0x28]), 1007),
        ("surrogate", RawClient.frame(0x81, [0xED, 0xA0, 0x80]), 1007),
        ("half a character at the end of fragments", RawClient.frame(0x01, [0xC3]) + RawClient.frame(0x80, []), 1007),
        ("65 KiB announced", RawClient.frame(0x81, [], announcing: 64 * 1024 + 1), 1009),
        ("8 EiB announced", [0x81, 0xFF, 0x7F, 255, 255, 255, 255, 255, 255, 255], 1009),
        (
            "fragments beyond the limit",
            RawClient.frame(0x01, [UInt8](repeating: 97, count: 60_000))
                + RawClient.frame(0x00, [UInt8](repeating: 97, count: 6000)), 1009
        ),
    ]

    @Test func `each violation of RFC 6455 ends its connection with the right code and no other`() async throws {
        var limits = CableLimits.quick
        limits.lingerTime = .milliseconds(40)
        try await withCable(limits: limits) { server in
            let bystander = try await server.listening(to: 7, as: "ben")
            for violation in Self.violations {
                let client = try await server.listening(to: 7)
                try await client.send(violation.bytes)
                #expect(try await client.closeCode() == violation.code, "\(violation.name)")
                #expect(try await eventually { client.isClosed }, "\(violation.name)")
            }
            server.post("still here", to: 7)
            try await bystander.expect(Spelling.chat(7).message("still here"))
            #expect(server.registry.connectionCount == 1)
        }
    }

    @Test func `a message of 2 MB gets 1009`() async throws {
        try await withCable { server in
            let client = try await server.listening(to: 7)
            try await client.send(RawClient.frame(0x81, [UInt8](repeating: 97, count: 2 << 20)))
            #expect(try await client.closeCode() == 1009)
        }
    }

    @Test func `fragments, byte by byte and with a ping between them, are one command`() async throws {
        try await withCable { server in
            let client = try await server.connect()
            try await client.expect(#"{"type":"welcome"}"#)
            let text = Array(Spelling.chat(7).command("subscribe").utf8)
            var bytes = RawClient.frame(0x01, Array(text[..<10])) + RawClient.frame(0x00, [])
            bytes += RawClient.frame(0x89, Array("are you there".utf8)) + RawClient.frame(0x00, Array(text[10..<20]))
            bytes += RawClient.frame(0x80, Array(text[20...]))
            for byte in bytes { try await client.send([byte]) }
            #expect(try await client.next() == RawClient.Frame(opcode: 10, payload: Array("are you there".utf8)))
            try await client.expect(Spelling.chat(7).confirmation)
        }
    }

    @Test func `a close frame is answered and the socket closed`() async throws {
        var limits = CableLimits.quick
        limits.lingerTime = .seconds(20)
        limits.drainTime = .seconds(20)
        try await withCable(limits: limits) { server in
            let client = try await server.listening(to: 7)
            try await client.send(frame: 0x88, [3, 232])
            #expect(try await client.closeCode() == 1000)
            #expect(try await eventually { client.isClosed })
            #expect(try await eventually { server.calls.all == ["ana ended 7"] })
        }
    }

    @Test func `junk is ignored without harm`() async throws {
        let deep = String(repeating: "[", count: 30_000)
        let junk = [
            "", " ", "null", "[]", "{", "\"x\"", "{}", "garbage", "{\"command\":1,\"identifier\":{}}", deep,
            "{\"a\":\(deep)", String(repeating: "{\"a\":", count: 10_000), "{\"command\":\"subscribe\"}",
            "{\"command\":\"pong\"}",
            Spelling.chat(7).command("dance"), Spelling.chat(7).command("message"),
            Spelling.chat(7).command("message", ",\"data\":7"), Spelling.chat(7).command("message", ",\"data\":\"[\""),
            "{\"command\":\"subscribe\",\"identifier\":\"\\ud800\\u12\"}", "{\"command\":\"subscribe\",}",
            "{\"a\":1e999}",
            Spelling(json: String(repeating: "[", count: 1000)).command("message", ",\"data\":\"{}\""),
        ]
        try await withCable { server in
            let client = try await server.connect()
            try await client.expect(#"{"type":"welcome"}"#)
            for text in junk { try await client.send(text: text) }
            try await client.send(frame: 0x8A, [1])
            try await client.subscribe(to: .chat(7))
        }
    }

    @Test func `100,000 brackets do no harm`() async throws {
        var limits = CableLimits.quick
        limits.maximumFrameBytes = 1 << 20
        try await withCable(limits: limits) { server in
            let client = try await server.connect()
            try await client.expect(#"{"type":"welcome"}"#)
            let deep = String(repeating: "[", count: 100_000)
            for text in [deep, "{\"data\":\(deep)", Spelling(json: deep).command("subscribe")] {
                try await client.send(text: text)
            }
            #expect(try await client.next().text.hasSuffix(#""type":"reject_subscription"}"#))
            try await client.subscribe(to: .chat(7))
        }
    }
}
