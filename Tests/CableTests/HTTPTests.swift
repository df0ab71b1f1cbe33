import Testing

@testable import Cable

@Suite struct HTTPTests {
    @Test func `ordinary requests are answered one after another on one connection`() async throws {
        try await withCable { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(
                "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
                    + "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
            #expect(try await client.response().body == "hello /a")
            #expect(try await client.response().body == "hello /b")
            try await client.send("GET /peer HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(try await client.response().body == "127.0.0.1")
        }
    }

    static let malformed: [(name: String, request: String, status: Int)] = [
        ("a method that nobody knows", "NONSENSE\r\n\r\n", 501),
        ("NUL in the path", "GET /\u{0} HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("HTTP/3", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", 400),
        ("two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (
            "two lengths of a body",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400
        ),
        ("control character in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\u{1}: b\r\n\r\n", 400),
        ("long path", "GET /\("a" * 9000) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        ("200 fields", "GET / HTTP/1.1\r\nHost: a\r\n\("X-A: b\r\n" * 200)\r\n", 431),
        ("long field", "GET / HTTP/1.1\r\nHost: a\r\nX-A: \("b" * 20_000)\r\n\r\n", 431),
        ("90 KB of fields", "GET / HTTP/1.1\r\nHost: a\r\n\("X-A: \("b" * 1000)\r\n" * 90)\r\n", 431),
    ]

    @Test(arguments: malformed.indices)
    func `a request that is malformed or too large gets an answer with the security headers`(
        index: Int
    ) async throws {
        let (name, request, status) = Self.malformed[index]
        try await withCable { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(request)
            let response = try await client.response()
            #expect(response.head.hasPrefix("HTTP/1.1 \(status) "), "\(name): \(response)")
            #expect(response.head.contains("X-Content-Type-Options: nosniff\r\n"))
            #expect(response.head.lowercased().contains("connection: close\r\n"))
            #expect(response.body.hasPrefix(#"{"success":false,"error":""#))
            #expect(try await eventually { client.isClosed })
        }
    }

    @Test func `a head that trickles in is given up, and 60 of them do no harm`() async throws {
        var limits = HTTPLimits()
        limits.headerTimeout = .seconds(2)
        limits.lingerTime = .milliseconds(50)
        try await withCable(http: limits) { server in
            var slow: [RawClient] = []
            for _ in 0..<60 {
                let client = try await RawClient.connect(to: server.port)
                try await client.send("GET / HTTP/1.1\r\nHo")
                slow.append(client)
            }
            let quick = try await RawClient.connect(to: server.port)
            try await quick.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await quick.response().body == "hello /a")
            for client in slow { #expect(try await eventually { client.isClosed }) }
        }
    }

    @Test func `a second head may not trickle either, nor a body`() async throws {
        var limits = HTTPLimits()
        limits.headerTimeout = .seconds(2)
        try await withCable(http: limits) { server in
            let head = try await RawClient.connect(to: server.port)
            try await head.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await head.response().body == "hello /a")
            try await head.send("GET ")
            let body = try await RawClient.connect(to: server.port)
            try await body.send("POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc")
            #expect(try await eventually { head.isClosed })
            #expect(try await eventually { body.isClosed })
        }
    }

    @Test(arguments: [#"Content-Length: 5000"#, #"Transfer-Encoding: chunked"#])
    func `a body that trickles is given up, one that comes is not`(framing: String) async throws {
        var limits = HTTPLimits()
        limits.headerTimeout = .seconds(3)
        limits.minimumBodyRate = 1000
        try await withCable(http: limits) { server in
            func begin() async throws -> RawClient {
                let client = try await RawClient.connect(to: server.port)
                try await client.send("POST /b HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
                return client
            }
            func part(_ count: Int) -> String {
                let bytes = "a" * count
                return framing.hasPrefix("Transfer") ? "\(String(count, radix: 16))\r\n\(bytes)\r\n" : bytes
            }
            let (slow, steady) = (try await begin(), try await begin())
            for _ in 0..<20 {
                try await Task.sleep(for: .milliseconds(200))
                try? await slow.send(part(1))  // closed by now, perhaps
                try await steady.send(part(250))
            }
            #expect(try await eventually { slow.isClosed })
            #expect(!steady.isClosed)
            if framing.hasPrefix("Transfer") { try await steady.send("0\r\n\r\n") }
            #expect(try await steady.response().body == "hello /b")
        }
    }

    @Test func `a last response arrives whole at a client that takes its time`() async throws {
        var limits = HTTPLimits()
        limits.lingerTime = .milliseconds(50)
        try await withCable(http: limits) { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.stopReading()
            try await client.send("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            try await Task.sleep(for: .milliseconds(200))
            try await client.resumeReading()
            #expect(try await client.response().body.utf8.count == 8 << 20)
            #expect(try await eventually { client.isClosed })
        }
    }

    @Test func `an idle connection is closed after its time`() async throws {
        var limits = HTTPLimits()
        limits.idleTimeout = .milliseconds(100)
        try await withCable(http: limits) { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().body == "hello /a")
            #expect(try await eventually { client.isClosed })
        }
    }
}

private func * (text: String, count: Int) -> String { String(repeating: text, count: count) }
