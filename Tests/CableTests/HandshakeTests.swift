import HTTPTypes
import Synchronization
import Testing

@testable import Cable

@Suite struct HandshakeTests {
    @Test func `the first frame is the welcome`() async throws {
        try await withCable { server in
            let ana = try await server.connect()
            try await ana.expect(#"{"type":"welcome"}"#)
            #expect(server.registry.connectionCount == 1)
            #expect(server.registry.connectionCount(tag: "user:ana") == 1)
            try await ana.close()
            #expect(try await eventually { server.registry.connectionCount == 0 })
            #expect(server.registry.connectionCount(tag: "user:ana") == 0)
        }
    }

    @Test func `the key is answered as in RFC 6455`() async throws {
        try await withCable { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(RawClient.handshake("/cable", "Sec-WebSocket-Extensions: permessage-deflate\r\n"))
            let head = try await client.response().head.lowercased()
            #expect(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"))
            #expect(!head.contains("sec-websocket-extensions"))
            #expect(!head.contains("sec-websocket-protocol"))
            #expect(!head.contains("content-length") && !head.contains("transfer-encoding"))
        }
    }

    @Test(arguments: [
        ("actioncable-v1-json, actioncable-unsupported", "actioncable-v1-json"),
        ("actioncable-unsupported,actioncable-v1-json", "actioncable-v1-json"),
        ("actioncable-unsupported", "actioncable-unsupported"),
        ("mqtt", nil),
    ])
    func `the subprotocol is the best of those offered`(offered: String, selected: String?) async throws {
        try await withCable { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(RawClient.handshake("/cable", "Sec-WebSocket-Protocol: \(offered)\r\n"))
            let head = try await client.response().head.lowercased()
            let line = head.split(separator: "\r\n").first { $0.hasPrefix("sec-websocket-protocol: ") }
            #expect(line.map(String.init) == selected.map { "sec-websocket-protocol: \($0)" })
        }
    }

    @Test func `who is not known is told so after the upgrade and closed`() async throws {
        var limits = CableLimits.quick
        limits.lingerTime = .seconds(60)
        try await withCable(limits: limits) { server in
            let client = try await server.connect(token: "bad")
            try await client.expect(#"{"type":"disconnect","reason":"unauthorized","reconnect":false}"#)
            #expect(try await client.closeCode() == 1000)
            try await client.send(frame: 0x88, [3, 232])
            #expect(try await eventually { client.isClosed })
        }
    }

    @Test func `a refused client gets a plain HTTP answer`() async throws {
        try await withCable { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(RawClient.handshake("/cable?token=foreign"))
            let response = try await client.response()
            #expect(response.head.hasPrefix("HTTP/1.1 403 "))
            #expect(response.head.contains("X-Content-Type-Options: nosniff"))
            #expect(response.body == #"{"success":false,"error":"Forbidden"}"#)
        }
    }

    @Test func `a handshake that is malformed gets a 4xx`() async throws {
        let good = RawClient.handshake("/cable")
        let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        let malformed: [(name: String, request: String, status: Int)] = [
            ("no key", good.replacing(key, with: ""), 400),
            ("short key", good.replacing("dGhl", with: ""), 400),
            ("strange key", good.replacing("dGhl", with: "d_hl"), 400),
            ("two keys", good.replacing(key, with: key + key), 400),
            ("no version", good.replacing("Sec-WebSocket-Version: 13\r\n", with: ""), 426),
            ("old version", good.replacing("Version: 13", with: "Version: 8"), 426),
            ("not for this connection", good.replacing("keep-alive, Upgrade", with: "keep-alive"), 400),
            ("no host", good.replacing("Host: chat.example\r\n", with: ""), 400),
            ("POST", good.replacing("GET", with: "POST"), 400),
            ("a body", good.replacing(key, with: key + "Content-Length: 3\r\n") + "abc", 400),
            ("chunks", good.replacing(key, with: key + "Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400),
        ]
        try await withCable { server in
            for (name, request, status) in malformed {
                let client = try await RawClient.connect(to: server.port)
                try await client.send(request)
                let head = try await client.response().head
                #expect(head.hasPrefix("HTTP/1.1 \(status) "), "\(name)")
            }
            let other = try await server.connect()
            try await other.expect(#"{"type":"welcome"}"#)
        }
    }

    @Test func `the cable opens under the base path and on a connection that a proxy reuses`() async throws {
        try await withCable { server in
            let client = try await RawClient.connect(to: server.port)
            for path in ["/one", "/cable"] {
                try await client.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.response().body == "hello \(path)")
            }
            try await client.upgrade("/chat/cable?token=ana")
            try await client.expect(#"{"type":"welcome"}"#)
            try await client.subscribe(to: .chat(7))
            try await Task.sleep(for: .milliseconds(20))
            server.post("hello", to: 7)
            try await client.expect(Spelling.chat(7).message("hello"))
            try await client.close()
            #expect(try await eventually { server.calls.count("ana ended 7") == 1 })
        }
    }

    @Test func `an upgrade elsewhere is an ordinary request`() async throws {
        try await withCable { server in
            let client = try await RawClient.connect(to: server.port)
            try await client.send(RawClient.handshake("/other"))
            let response = try await client.response()
            #expect(response.head.hasPrefix("HTTP/1.1 200 "))
            #expect(response.head.lowercased().contains("connection: close"))
            #expect(response.body == "hello /other")
        }
    }

    @Test func `who is disconnected while being admitted does not get in`() async throws {
        let asked = Mutex(0)
        let registry = Mutex<StreamRegistry?>(nil)
        try await withCable(admit: { _, _ in
            let round = asked.withLock {
                $0 += 1; return $0
            }
            guard round == 1 else { return .unauthorized }
            // Signed out after the session was looked up.
            registry.withLock { $0 }?.apply([.disconnect(tag: "user:ana", reason: "unauthorized", reconnect: false)])
            return .admitted(CableIdentity(principal: "ana", tags: ["user:ana"]))
        }) { server in
            registry.withLock { $0 = server.registry }
            let client = try await server.connect()
            try await client.expect(#"{"type":"disconnect","reason":"unauthorized","reconnect":false}"#)
            #expect(asked.withLock { $0 } == 2)
        }
    }
}
