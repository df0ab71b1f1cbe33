import NIOCore
import Testing

@testable import Cable

@Suite struct ConnectionCapsTests {
    private func isServed(_ server: CableServer, from source: String? = nil) async throws -> (RawClient, Bool) {
        let client = try await RawClient.connect(to: server.port, from: source)
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
            #expect(caps.refused == 10)
            try await clients.removeFirst().close()
            #expect(try await eventually { caps.count == 2 })
            let (client, isServedAgain) = try await isServed(server)
            #expect(isServedAgain)
            clients.append(client)
        }
        #expect(caps.count == 0)
    }

    @Test func `each address has its own cap`() async throws {
        let caps = ConnectionCaps(maximum: 100, perClient: 2)
        try await withCable(caps: caps) { server in
            var clients: [RawClient] = []
            for address in ["127.0.0.2", "127.0.0.3", "127.0.0.4"] {
                for number in 0..<3 {
                    let (client, isServed) = try await isServed(server, from: address)
                    #expect(isServed == (number < 2), "\(address)")
                    clients.append(client)
                }
            }
            #expect(caps.count == 6)
        }
        #expect(caps.count == 0)
    }

    @Test func `of IPv6 the network is counted, of IPv4 in IPv6 the address`() throws {
        func client(_ ip: String) throws -> ConnectionCaps.Client? {
            ConnectionCaps.client(try SocketAddress(ipAddress: ip, port: 1))
        }
        #expect(try client("2001:db8:1:2::3") == client("2001:db8:1:2:ffff::4"))
        #expect(try client("2001:db8:1:2::3") != client("2001:db8:1:3::3"))
        #expect(try client("::ffff:192.0.2.1") == client("192.0.2.1"))
        #expect(try client("::ffff:192.0.2.1") != client("::ffff:192.0.2.2"))
        #expect(try client("::1") != client("0.0.0.0"))
    }

    @Test func `sockets that end at any stage are not counted any more`() async throws {
        let caps = ConnectionCaps(maximum: 10, perClient: 10)
        try await withTLS(caps: caps) { server, _, _ in
            for stage in 0..<60 {
                let tls: RawClient.TLS? = stage % 2 == 0 ? .init(protocols: stage % 4 == 0 ? ["h2"] : []) : nil
                let client = try await RawClient.connect(to: server.port, tls: tls)
                if stage % 3 == 0 { try await client.send([22, 3, 1]) }
                if stage % 5 == 0 { try await client.send("GET / HTTP/1.1\r\n") }
                try? await client.close()
            }
            #expect(try await eventually { caps.count == 0 })
        }
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
        let caps = ConnectionCaps(maximum: 1, perClient: 1)
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
