import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HomeChat

@Suite struct OutboundTests {
    @Test(arguments: [
        "169.254.169.254", "169.254.0.1", "::ffff:169.254.169.254", "fe80::1", "fe80::1%eth0", "febf::1",
        "fd00:ec2::254", "0.0.0.0", "::", "100.100.100.200", "224.0.0.1", "255.255.255.255", "ff02::1",
        "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::169.254.169.254", "::ffff:0:a9fe:a9fe",
    ])
    func `addresses that nobody may send us to`(_ ip: String) {
        #expect(!OutboundAddresses.mayConnect(to: ip))
    }

    @Test(arguments: ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "fd00::1", "93.184.216.34", "2606:2800::1"])
    func `private addresses are an admin's to name`(_ ip: String) {
        #expect(OutboundAddresses.mayConnect(to: ip))
    }

    @Test(arguments: [
        "http://id.example.org", "http://192.168.1.1/", "ftp://id.example.org", "https://", "https:///path",
        "https://a@b.org", "https://a@b.org/@c", "https://b.org?@c.org/", "https:a@b.org/", "https:///a@b.org/",
        "https://a.org\\@b.org", "https://a.org#x", "https://a.org/\r\nHost: b", "https://ä.org", "https://a.org:0",
        "https://a.org:99999", "https://a_b.org", "javascript:alert(1)", "https://[::1", "//a.org", "",
        "http://localhost.evil.org", "http://127.0.0.1.evil.org",
    ])
    func `addresses that two parsers might read differently`(_ text: String) {
        #expect(OutboundURL(text) == nil)
    }

    @Test func `hosts as they are connected to`() {
        #expect(OutboundURL("https://id.example.org:8443/a?b=c")?.host == "id.example.org")
        #expect(OutboundURL("https://id.example.org/@ana?b=@c")?.host == "id.example.org")
        #expect(OutboundURL("http://localhost:3000")?.host == "localhost")
        #expect(OutboundURL("http://127.1.2.3/")?.host == "127.1.2.3")
        #expect(OutboundURL("https://[fd00::1]:8443/")?.host == "fd00::1")
        #expect(OutboundURL("http://[::1]:8443/")?.host == "::1")
    }

    /// DNS rebinding: a name that answers harmlessly first and then with another address.
    @Test func `a name is asked for once, and what was checked is connected to`() async throws {
        try await withListener { port, connections in
            let answers = Mutex([["127.0.0.1"], ["169.254.169.254"]])
            var outbound = Outbound()
            outbound.lookUp = { _ in answers.withLock { $0.removeFirst() } }
            let url = try #require(OutboundURL("http://localhost:\(port)/"))
            #expect(try await outbound.send(.init(url: url)).status == 204)
            #expect(answers.withLock { $0.count } == 1 && connections.withLock { $0 } == 1)
            await #expect(throws: OutboundProblem.forbiddenAddress) { try await outbound.send(.init(url: url)) }
            #expect(connections.withLock { $0 } == 1)
        }
    }

    @Test func `an address that does not answer leaves the next one`() async throws {
        try await withListener { port, _ in
            var outbound = Outbound()
            outbound.lookUp = { _ in ["169.254.169.254", "127.9.9.9", "127.0.0.1"] }
            let url = try #require(OutboundURL("http://localhost:\(port)/"))
            #expect(try await outbound.send(.init(url: url)).status == 204)
            outbound.lookUp = { _ in [] }
            await #expect(throws: OutboundProblem.unknownName) { try await outbound.send(.init(url: url)) }
        }
    }

    @Test func `the system knows this machine`() async throws {
        #expect(try await NameLookUp.addresses(of: "127.0.0.1") == ["127.0.0.1"])
        #expect(try await NameLookUp.addresses(of: "2852039166") == ["169.254.169.254"])
        #expect(try await NameLookUp.addresses(of: "localhost").contains("127.0.0.1"))
        await #expect(throws: OutboundProblem.unknownName) { try await NameLookUp.addresses(of: "nowhere.invalid") }
    }

    @Test func `whoever gives up does not wait for a name server that is silent`() async throws {
        let silence = DispatchSemaphore(value: 0)
        let (beginnings, begin) = AsyncStream.makeStream(of: Void.self)
        let asking = Task {
            try await NameLookUp.addresses(of: "silent.example.org") { _ in
                begin.yield()
                silence.wait()
                return ["192.0.2.1"]
            }
        }
        for await _ in beginnings { break }
        asking.cancel()
        await #expect(throws: CancellationError.self) { try await asking.value }
        silence.signal()
    }

    @Test func `a house's own networks are not outside, whatever their addresses`() throws {
        let own = [try #require(Network("2a02:8070:1::5", mask: "ffff:ffff:ffff:ffff::"))]
        let named = try #require(Network("2a02:8070:1::7"))
        #expect(!Outbound.Reach.outside(besides: []).allows("2a02:8070:1::7", own: own))
        #expect(Outbound.Reach.outside(besides: []).allows("2a02:8070:1:1::7", own: own))
        #expect(Outbound.Reach.outside(besides: [named]).allows("2a02:8070:1::7", own: own))
        #expect(Outbound.Reach.named.allows("2a02:8070:1::7", own: own))
        let networks = OutboundAddresses.ownNetworks()
        #expect(networks.contains { $0.text == "127.0.0.0/8" } && networks.allSatisfy { $0.length > 0 })
    }

    /// Answers every connection with nothing, and counts them.
    private func withListener(_ body: (Int, borrowing Mutex<Int>) async throws -> Void) async throws {
        let connections = Counter()
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                connections.count.withLock { $0 += 1 }
                return channel.pipeline.addHandler(NoContent())
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        try await body(port, connections.count)
        try await server.close()
    }

    private final class Counter: Sendable { let count = Mutex(0) }

    private final class NoContent: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let answer = ByteBuffer(string: "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        }
    }
}
