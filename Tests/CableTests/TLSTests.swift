import NIOCore
import Testing

@testable import Cable

/// A server with a certificate of its own.
func withTLS(
    limits: CableLimits = .quick, http: HTTPLimits = HTTPLimits(), caps: ConnectionCaps? = nil,
    _ body: (CableServer, TLSSource, TestCertificate) async throws -> Void
) async throws {
    let certificate = try await TestCertificate.make(serial: 7)
    let source = try TLSSource(certificateChainPEM: certificate.certificate, keyPEM: certificate.key)
    try await withCable(limits: limits, http: http, tls: source, caps: caps) { server in
        try await body(server, source, certificate)
    }
}

@Suite struct TLSTests {
    @Test func `requests and cables work over TLS, and the request says so`() async throws {
        try await withTLS { server, _, certificate in
            let client = try await RawClient.connect(to: server.port, tls: .init())
            try await client.send("GET /scheme HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().body == "https")
            #expect(client.serial == certificate.serial)
            try await client.send("GET /peer HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().body == "127.0.0.1")
            try await client.upgrade()
            try await client.expect(#"{"type":"welcome"}"#)
            try await client.subscribe(to: .chat(1))
            server.post("hello", to: 1)
            try await client.expect(Spelling.chat(1).message("hello"))
        }
    }

    @Test func `a request without TLS is not secure, whatever it says`() async throws {
        try await withCable { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send("GET https://a/scheme HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().body != "https")
        }
    }

    @Test func `a large response arrives whole, and a broken request gets the same answer as without TLS`()
        async throws
    {
        try await withTLS { server, _, _ in
            let client = try await RawClient.connect(to: server.port, tls: .init())
            try await client.send("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(try await client.response().body.utf8.count == 8 << 20)
            #expect(try await eventually { client.isClosed })
            let broken = try await RawClient.connect(to: server.port, tls: .init())
            try await broken.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
            let response = try await broken.response()
            #expect(response.head.hasPrefix("HTTP/1.1 400 "))
            #expect(response.head.contains("X-Content-Type-Options: nosniff\r\n"))
            #expect(try await eventually { broken.isClosed })
        }
    }

    @Test func `a new certificate is for new connections, and an open cable goes on`() async throws {
        try await withTLS { server, source, certificate in
            let old = try await RawClient.connect(to: server.port, tls: .init())
            try await old.upgrade()
            try await old.expect(#"{"type":"welcome"}"#)
            try await old.subscribe(to: .chat(1))
            let renewed = try await TestCertificate.make(serial: 8)
            #expect(throws: (any Error).self) {
                try source.replace(certificateChainPEM: renewed.certificate, keyPEM: certificate.key)
            }
            try source.replace(certificateChainPEM: renewed.certificate, keyPEM: renewed.key)
            let new = try await RawClient.connect(to: server.port, tls: .init())
            try await new.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await new.response().body == "hello /a")
            #expect(new.serial == [8])
            #expect(old.serial == [7])
            server.post("still here", to: 1)
            try await old.expect(Spelling.chat(1).message("still here"))
        }
    }

    @Test(arguments: [
        (["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1"), ([], "none"), (["spdy/3"], "none"),
        (["acme-tls/1"], "none"),
    ])
    func `the protocol is the best that both know`(offered: [String], expected: String) async throws {
        try await withTLS { server, _, _ in
            let client = try await RawClient.connect(to: server.port, tls: .init(protocols: offered))
            #expect(try await eventually { client.negotiated == expected }, "\(client.negotiated ?? "nothing")")
        }
    }

    @Test func `TLS 1_1 is refused`() async throws {
        try await withTLS { server, _, _ in
            let client = try await RawClient.connect(to: server.port, tls: .init(isOld: true))
            #expect(try await eventually { client.isClosed })
            #expect(client.negotiated == nil)
        }
    }

    @Test func `plain HTTP gets an answer that says so, and other bytes a closed socket`() async throws {
        try await withTLS { server, _, _ in
            let http = try await RawClient.connect(to: server.port)
            try await http.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try await http.response()
            #expect(response.head.hasPrefix("HTTP/1.1 400 "))
            #expect(response.head.contains("X-Content-Type-Options: nosniff\r\n"))
            #expect(response.body == #"{"success":false,"error":"This port speaks HTTPS only"}"#)
            #expect(try await eventually { http.isClosed })
            for bytes: [UInt8] in [
                [0, 1, 2], [22, 3, 1, 255, 255], [22, 3, 1, 0, 4, 1, 0, 0, 0], [128, 46, 1, 3, 1],
            ] {
                let other = try await RawClient.connect(to: server.port)
                try await other.send(bytes)
                #expect(try await eventually { other.isClosed }, "\(bytes)")
            }
        }
    }

    @Test func `a handshake that does not come to its end is given up`() async throws {
        var limits = HTTPLimits()
        limits.tlsTimeout = .milliseconds(300)
        try await withTLS(http: limits) { server, _, _ in
            let silent = try await RawClient.connect(to: server.port)
            let slow = try await RawClient.connect(to: server.port)
            try await slow.send([22, 3, 1, 1, 0, 1, 0])
            #expect(try await eventually { silent.isClosed && slow.isClosed })
        }
    }

    @Test func `time limits hold inside TLS`() async throws {
        var limits = HTTPLimits()
        limits.headerTimeout = .seconds(2)
        limits.idleTimeout = .seconds(2)
        try await withTLS(http: limits) { server, _, _ in
            let head = try await RawClient.connect(to: server.port, tls: .init())
            try await head.send("GET / HTTP/1.1\r\nHo")
            let idle = try await RawClient.connect(to: server.port, tls: .init())
            try await idle.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await idle.response().body == "hello /a")
            let silent = try await RawClient.connect(to: server.port, tls: .init(protocols: ["h2"]))
            #expect(try await eventually { head.isClosed && idle.isClosed && silent.isClosed })
        }
    }

    @Test func `a cable that takes nothing is closed under it, through TLS too`() async throws {
        var limits = CableLimits.quick
        limits.maximumBufferedBytes = 200_000
        limits.drainTime = .milliseconds(100)
        try await withTLS(limits: limits) { server, _, _ in
            let slow = try await RawClient.connect(to: server.port, tls: .init())
            try await slow.upgrade()
            try await slow.expect(#"{"type":"welcome"}"#)
            try await slow.subscribe(to: .chat(7))
            try await Task.sleep(for: .milliseconds(30))  // until the subscription has settled
            try await slow.stopReading()
            let text = String(repeating: "x", count: 50_000)
            for _ in 0..<400 { server.post(text, to: 7) }
            #expect(try await eventually { server.registry.tally.sockets == 0 })
        }
    }

    @Test func `a challenge is shown to whoever validates it, for its name, while it is there`() async throws {
        try await withTLS { server, source, _ in
            let challenge = try await TestCertificate.make(serial: 9)
            try source.presentChallenge(
                for: "Chat.example", certificatePEM: challenge.certificate, keyPEM: challenge.key)
            let validator = try await RawClient.connect(to: server.port, tls: .init(protocols: ["acme-tls/1"]))
            #expect(try await eventually { validator.isClosed })
            #expect(validator.serial == [9])
            #expect(validator.negotiated == "acme-tls/1")
            let visitors: [RawClient.TLS] = [
                .init(protocols: ["http/1.1"]), .init(protocols: ["acme-tls/1"], serverName: "other.example"),
                .init(protocols: ["acme-tls/1"], serverName: nil),
            ]
            for visitor in visitors {
                let client = try await RawClient.connect(to: server.port, tls: visitor)
                #expect(try await eventually { client.negotiated != nil && client.serial == [7] })
            }
            source.removeChallenge(for: "chat.example")
            let late = try await RawClient.connect(to: server.port, tls: .init(protocols: ["acme-tls/1"]))
            #expect(try await eventually { late.negotiated == "none" && late.serial == [7] })
        }
    }

    @Test func `a key that is not the certificate's, and no PEM at all, are refused`() async throws {
        let one = try await TestCertificate.make(serial: 1)
        let other = try await TestCertificate.make(serial: 2)
        #expect(throws: (any Error).self) {
            try TLSSource(certificateChainPEM: one.certificate, keyPEM: other.key)
        }
        #expect(throws: (any Error).self) { try TLSSource(certificateChainPEM: [1, 2], keyPEM: one.key) }
        #expect(throws: (any Error).self) { try TLSSource(certificateChainPEM: [], keyPEM: one.key) }
        #expect(throws: (any Error).self) { try TLSSource(certificateChainPEM: one.certificate, keyPEM: []) }
    }

    @Test func `any beginning of a hello, and any damage to it, is read without harm`() {
        let hello: [UInt8] = [22, 3, 1, 0, 20, 1, 0, 0, 16, 3, 3] + Array(repeating: 5, count: 14)
        for length in 0..<hello.count {
            #expect(ClientHello.read(ByteBuffer(bytes: hello.prefix(length))) == .incomplete)
        }
        for index in 5..<hello.count {
            var damaged = hello
            damaged[index] = 255
            #expect(ClientHello.read(ByteBuffer(bytes: damaged)) == .complete(nil))
        }
    }
}
