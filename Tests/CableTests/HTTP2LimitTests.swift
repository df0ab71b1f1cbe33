import Testing

@testable import Cable

@Suite struct HTTP2LimitTests {
    static let refused: [(name: String, fields: [(String, String)], status: String)] = [
        ("long field", RawHTTP2.fields("/", [("x-a", String(repeating: "b", count: 17_000))]), "431"),
        ("101 fields", RawHTTP2.fields("/", (0..<101).map { ("x-\($0)", "a") }), "431"),
        ("long path", RawHTTP2.fields("/" + String(repeating: "a", count: 9000)), "414"),
        ("no path", RawHTTP2.fields("a"), "400"),
        ("another host", RawHTTP2.fields("/", [("host", "b")]), "400"),
        ("two hosts", RawHTTP2.fields("/", [("host", "a"), ("host", "a")]), "400"),
        ("CONNECT", [(":method", "CONNECT"), (":authority", "a:443")], "405"),
    ]

    @Test(arguments: refused.indices)
    func `what HTTP 1 would refuse gets the same answer on a stream`(index: Int) async throws {
        let (name, fields, status) = Self.refused[index]
        try await withTLS { server, _, _ in
            let http2 = try await RawHTTP2.connect(to: server.port)
            try await http2.client.send(RawHTTP2.request(stream: 1, fields))
            let head = try await http2.head()
            #expect(head.first(name: ":status") == status, "\(name)")
            #expect(head.first(name: "x-content-type-options") == "nosniff")
            #expect(try await http2.next(.data).payload.starts(with: #"{"success":false,"error":""#.utf8))
        }
    }

    @Test(arguments: [
        RawHTTP2.fields("/a b"), RawHTTP2.fields("/\u{0}"), RawHTTP2.fields("/\r\nx: y"),
        RawHTTP2.fields("/", [("X-Capital", "a")]), RawHTTP2.fields("/", [("connection", "close")]),
        RawHTTP2.fields("/", [("x-a", "b\r\nc: d")]), RawHTTP2.fields("/", [(":path", "/b")]),
    ])
    func `what is malformed is not answered, and ends the connection after what is under way`(
        fields: [(String, String)]
    ) async throws {
        try await withTLS { server, _, _ in
            let http2 = try await RawHTTP2.connect(to: server.port)
            try await http2.client.send(RawHTTP2.request(stream: 1, RawHTTP2.fields("/b", method: "POST"), ends: false))
            try await http2.client.send(RawHTTP2.request(stream: 3, fields))
            let reset = try await http2.next(.reset)
            #expect(reset.stream == 3)
            #expect(reset.code == 1)
            try await http2.send(.data, flags: RawHTTP2.endStream, stream: 1, payload: Array("abc".utf8))
            #expect(try await http2.head().first(name: ":status") == "200")
            #expect(try await eventually { http2.client.isClosed })
        }
    }

    @Test func `headers beyond all measure end the connection`() async throws {
        try await withTLS { server, _, _ in
            let http2 = try await RawHTTP2.connect(to: server.port)
            let more = (0..<90).map { ("x-\($0)", String(repeating: "b", count: 1000)) }
            try await http2.client.send(RawHTTP2.request(stream: 1, RawHTTP2.fields("/", more)))
            #expect(try await eventually { http2.client.isClosed })
        }
    }

    @Test func `WebSocket is not offered over HTTP 2, and asking for it does no harm`() async throws {
        try await withTLS { server, _, _ in
            let http2 = try await RawHTTP2.connect(to: server.port)
            let asked = RawHTTP2.fields(
                "/cable", [(":protocol", "websocket"), ("sec-websocket-version", "13")], method: "CONNECT")
            try await http2.client.send(RawHTTP2.request(stream: 1, asked, ends: false))
            let other = try await RawHTTP2.connect(to: server.port)
            try await other.get("/a")
            #expect(try await other.head().first(name: ":status") == "200")
            #expect(server.registry.connectionCount == 0)
        }
    }

    @Test func `streams that are opened and reset without end cost the connection`() async throws {
        try await withTLS { server, _, _ in
            let http2 = try await RawHTTP2.connect(to: server.port)
            for round in 0..<30 {
                let frames = (0..<10).flatMap { number -> [UInt8] in
                    let stream = UInt32(2 * (10 * round + number) + 1)
                    return RawHTTP2.request(stream: stream, RawHTTP2.fields("/a"), ends: false)
                        + RawHTTP2.frame(.reset, stream: stream, payload: [0, 0, 0, 8])
                }
                try await http2.client.send(frames)
            }
            #expect(try await eventually { http2.client.isClosed })
        }
    }

    @Test func `only so many streams are open at once`() async throws {
        try await withTLS { server, _, _ in
            let http2 = try await RawHTTP2.connect(to: server.port)
            let frames = (0..<101).flatMap {
                RawHTTP2.request(stream: UInt32(2 * $0 + 1), RawHTTP2.fields("/b", method: "POST"), ends: false)
            }
            try await http2.client.send(frames)
            while true {
                let frame = try await http2.next()
                if frame.kind == .goAway || frame.kind == .reset && frame.stream == 201 { break }
            }
        }
    }

    // MARK: Time

    private var hasty: HTTPLimits {
        var limits = HTTPLimits()
        limits.headerTimeout = .seconds(2)
        limits.idleTimeout = .seconds(2)
        limits.lingerTime = .milliseconds(100)
        return limits
    }

    @Test func `a connection that opens no stream is told to go, and closed though it answers nothing`() async throws {
        try await withTLS(http: hasty) { server, _, _ in
            let http2 = try await RawHTTP2.connect(to: server.port)
            #expect(try await http2.next(.goAway).code == 0)
            #expect(try await eventually { http2.client.isClosed })
        }
    }

    @Test func `headers may not trickle`() async throws {
        try await withTLS(http: hasty) { server, _, _ in
            let http2 = try await RawHTTP2.connect(to: server.port)
            try await http2.send(.headers, stream: 1, payload: [0, 1, 97, 1, 97])
            for _ in 0..<150 where !http2.client.isClosed {
                try await http2.send(.ping, payload: Array(repeating: 0, count: 8))
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await eventually { http2.client.isClosed })
        }
    }

    @Test func `a body that stops is given up, and the connection with it`() async throws {
        try await withTLS(http: hasty) { server, _, _ in
            let http2 = try await RawHTTP2.connect(to: server.port)
            try await http2.client.send(RawHTTP2.request(stream: 1, RawHTTP2.fields("/b", method: "POST"), ends: false))
            try await http2.send(.data, stream: 1, payload: Array("abc".utf8))
            #expect(try await http2.next(.reset).stream == 1)
            #expect(try await eventually { http2.client.isClosed })
        }
    }

    @Test func `a body that trickles is given up`() async throws {
        try await withTLS(http: hasty) { server, _, _ in
            let http2 = try await RawHTTP2.connect(to: server.port)
            try await http2.client.send(RawHTTP2.request(stream: 1, RawHTTP2.fields("/b", method: "POST"), ends: false))
            for _ in 0..<25 {
                try await http2.send(.data, stream: 1, payload: [97])
                try await Task.sleep(for: .milliseconds(100))
            }
            #expect(try await http2.next(.reset).stream == 1)
        }
    }

    @Test(arguments: ["/a", "/large"])
    func `a response of which nothing is taken is given up`(path: String) async throws {
        try await withTLS(http: hasty) { server, _, _ in
            let http2 = try await RawHTTP2.connect(to: server.port, window: 0)
            try await http2.get(path)
            #expect(try await http2.next(.reset).stream == 1)
            #expect(try await eventually { http2.client.isClosed })
        }
    }

    @Test func `an answer before the end of the request is whole, and the rest of the request not awaited`()
        async throws
    {
        try await withTLS(http: hasty) { server, _, _ in
            let http2 = try await RawHTTP2.connect(to: server.port)
            try await http2.client.send(
                RawHTTP2.request(stream: 1, RawHTTP2.fields("/early", method: "POST"), ends: false))
            #expect(try await http2.head().first(name: ":status") == "200")
            let reset = try await http2.next(.reset)
            #expect(reset.stream == 1)
            #expect(reset.code == 0)
        }
    }

    @Test func `a server that stops answers what it has begun, and then closes`() async throws {
        try await withTLS { server, _, _ in
            let busy = try await RawHTTP2.connect(to: server.port)
            let idle = try await RawHTTP2.connect(to: server.port)
            let opening = try await RawClient.connect(to: server.port)
            try await busy.client.send(RawHTTP2.request(stream: 1, RawHTTP2.fields("/b", method: "POST"), ends: false))
            try await Task.sleep(for: .milliseconds(100))  // until its bytes have come
            async let stopped: Void = server.stop()
            #expect(try await idle.next(.goAway).code == 0)
            #expect(try await eventually { idle.client.isClosed && opening.isClosed })
            _ = try await busy.next(.goAway)
            try await busy.send(.data, flags: RawHTTP2.endStream, stream: 1, payload: Array("abc".utf8))
            #expect(try await busy.head().first(name: ":status") == "200")
            #expect(try await eventually { busy.client.isClosed })
            try await stopped
        }
    }
}
