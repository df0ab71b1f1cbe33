import Testing

@testable import Cable

@Suite struct ConnectionCapsTests {
    private func isServed(_ server: CableServer) async throws -> (RawClient, Bool) {
        let client = try await RawClient.connect(to: server.port)
        try await client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = try await eventually { client.isClosed || !client.received.isEmpty }
        return (client, !client.received.isEmpty)
    }

    @Test(arguments: [(3, 100), (100, 3)])
    func `a socket over the cap is closed, and one that leaves makes room`(total: Int, perClient: Int) async throws {
        let caps = ConnectionCaps(maximum: total, perClient: perClient)
        try await withCable(caps: caps) { server in
            var clients: [RawClient] = []
            for _ in 0..<3 {
                let (client, isServed) = try await isServed(server)
                #expect(isServed)
                clients.append(client)
            }
            for _ in 0..<10 { #expect(try await isServed(server).1 == false) }
            #expect(caps.count == 3)
            try await clients.removeFirst().close()
            #expect(try await eventually { caps.count == 2 })
            let (client, isServedAgain) = try await isServed(server)
            #expect(isServedAgain)
            clients.append(client)
        }
        #expect(caps.count == 0)
    }

    @Test func `who is exempt is served over the cap`() async throws {
        let caps = ConnectionCaps(maximum: 1, perClient: 1, isExempt: { $0 == "127.0.0.1" })
        try await withCable(caps: caps) { server in
            var clients: [RawClient] = []
            for _ in 0..<5 {
                let (client, isServed) = try await isServed(server)
                #expect(isServed)
                clients.append(client)
            }
            #expect(caps.count == 5)
        }
        #expect(caps.count == 0)
    }

    @Test func `a cap counts before TLS`() async throws {
        let caps = ConnectionCaps(maximum: 1)
        try await withTLS(caps: caps) { server, _, _ in
            let silent = try await RawClient.connect(to: server.port)
            #expect(try await eventually { caps.count == 1 })
            let second = try await RawClient.connect(to: server.port, tls: .init())
            #expect(try await eventually { second.isClosed })
            #expect(second.negotiated == nil)
            #expect(!silent.isClosed)
        }
        #expect(caps.count == 0)
    }
}
