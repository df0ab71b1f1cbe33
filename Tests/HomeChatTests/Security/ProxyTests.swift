import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Testing

@testable import HomeChat

@Suite struct ProxyTests {
    private func client(_ peer: String, _ fields: HTTPFields) throws -> ClientAddress {
        try TrustedProxies(["127.0.0.1", "::1", "10.0.0.0/8"]).client(peer: peer, headers: fields)
    }

    @Test func `a stranger's forwarding headers are ignored`() throws {
        let fields: HTTPFields = [.xForwardedFor: "1.2.3.4", .xForwardedProto: "https"]
        #expect(try client("203.0.113.9", fields) == ClientAddress(ip: "203.0.113.9", isSecure: false))
    }

    @Test func `behind trusted proxies the right-most untrusted address counts`() throws {
        let fields: HTTPFields = [.xForwardedFor: "6.6.6.6, 198.51.100.7, 10.1.2.3", .xForwardedProto: "https"]
        #expect(try client("127.0.0.1", fields) == ClientAddress(ip: "198.51.100.7", isSecure: true))
        #expect(try client("::ffff:127.0.0.1", [.xForwardedFor: "198.51.100.7:4711"]).ip == "198.51.100.7")
    }

    @Test(arguments: ["", "nonsense", "<script>", "1.2.3", ","])
    func `what is no address leaves the proxy's own`(hop: String) throws {
        #expect(try client("127.0.0.1", [.xForwardedFor: hop]).ip == "127.0.0.1")
    }

    @Test func `networks end where their prefix says`() throws {
        let network = try #require(Network("192.168.4.0/22"))
        #expect(network.contains("192.168.7.255") && !network.contains("192.168.8.0"))
        let six = try #require(Network("fd00::/9"))
        #expect(six.contains("fd7f::1") && !six.contains("fd80::1") && !six.contains("10.0.0.1"))
        for text in ["1.2.3.4/33", "x", "1.2.3.4/", "::1/129", "/8", ""] { #expect(Network(text) == nil) }
    }
}

@Suite struct ProxyWatchTests {
    private func forwarding(_ peer: String, _ fields: HTTPFields = [:]) throws -> Forwarding {
        let head = HTTPRequest(method: .get, scheme: "http", authority: "chat", path: "/", headerFields: fields)
        return Forwarding(
            peer: peer, Request(head: head, body: .init(buffer: ByteBuffer())),
            try TrustedProxies(["127.0.0.1", "10.0.0.2"]))
    }

    @Test func `a proxy that nobody trusts is named with the line that mends it`() throws {
        let watch = ProxyWatch(logger: Logger(label: "test"))
        for number in 0..<100 {
            watch.note(
                try number % 20 == 0
                    ? forwarding("192.168.1.9") : forwarding("172.18.0.1", [.xForwardedFor: "198.51.100.7"]))
        }
        let finding = try #require(watch.finding)
        #expect(finding.peer == "172.18.0.1" && finding.percent == 95)
        #expect(finding.advice.contains("trusted_proxies: [127.0.0.1, ::1, 172.18.0.1]"))
        watch.review()
        #expect(watch.finding == nil, "each hour is judged by itself")
    }

    @Test func `a proxy that does not say for whom it speaks is named too`() throws {
        let watch = ProxyWatch(logger: Logger(label: "test"))
        for _ in 0..<100 { watch.note(try forwarding("10.0.0.2")) }
        #expect(watch.finding?.isTrusted == true)
    }

    @Test func `a household without a proxy is nothing to warn of`() throws {
        let watch = ProxyWatch(logger: Logger(label: "test"))
        for _ in 0..<200 { watch.note(try forwarding("192.168.1.9")) }
        for _ in 0..<200 { watch.note(try forwarding("203.0.113.9", [.xForwardedFor: "1.2.3.4"])) }
        for _ in 0..<200 { watch.note(try forwarding("127.0.0.1", [.xForwardedFor: "1.2.3.4"])) }
        #expect(watch.finding == nil)
    }
}
