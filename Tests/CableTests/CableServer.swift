import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Cable

/// A real server on a free port, with a small chat behind it: channels are numbers, the token names the person.
final class CableServer: Sendable {
    let registry: StreamRegistry
    let port: Int
    let calls: Calls
    /// As the product stops it.
    let stop: @Sendable () async throws -> Void

    init(registry: StreamRegistry, port: Int, calls: Calls, stop: @escaping @Sendable () async throws -> Void) {
        self.registry = registry
        self.port = port
        self.calls = calls
        self.stop = stop
    }

    /// What the product was asked, in order.
    final class Calls: Sendable {
        private let list = Mutex<[String]>([])
        var all: [String] { list.withLock { $0 } }
        func add(_ call: String) { list.withLock { $0.append(call) } }
        func count(_ call: String) -> Int { all.count { $0 == call } }
    }

    func connect(token: String = "ana", reading: Bool = true) async throws -> RawClient {
        let client = try await RawClient.connect(to: port)
        try await client.upgrade("/cable?token=\(token)")
        if !reading { try await client.stopReading() }
        return client
    }

    /// A client that has been welcomed, and hears the given channel.
    func listening(to channel: Int, as token: String = "ana") async throws -> RawClient {
        let client = try await connect(token: token)
        try await client.expect(#"{"type":"welcome"}"#)
        try await client.subscribe(to: .chat(channel))
        return client
    }

    func post(_ text: String, to channel: Int) {
        registry.apply([.send("channel:\(channel)", ByteBuffer(string: "\"\(text)\""))])
    }
}

enum Chat {
    static func channel(_ calls: CableServer.Calls) -> CableChannel<String> {
        CableChannel(
            name: "ChatChannel",
            subscribe: { _, parameters in
                guard let id = parameters.integer("channel_id") else {
                    return CableSubscriptionGrant(streams: ["channel:1"], grows: true)
                }
                if id == 500 { throw Refused() }
                return id == 404 ? nil : CableSubscriptionGrant(streams: ["channel:\(id)"])
            },
            perform: { principal, action, parameters, data in
                let up = data.integer("up_to") ?? -1
                calls.add("\(principal) \(action) \(parameters.integer("channel_id") ?? 0) \(up)")
            },
            ended: { principal, parameters in
                calls.add("\(principal) ended \(parameters.integer("channel_id") ?? 0)")
            })
    }

    struct Refused: Error {}

    @Sendable static func admit(_ request: HTTPRequest, _ peer: SocketAddress?) -> CableAdmission<String> {
        let token = request.path?.split(separator: "token=").dropFirst().first.map(String.init) ?? "nobody"
        switch token {
        case "bad": return .unauthorized
        case "foreign": return .refused(.forbidden)
        default:
            return .admitted(CableIdentity(principal: token, tags: ["user:\(token)", "peer:\(peer?.ipAddress ?? "")"]))
        }
    }
}

extension CableLimits {
    /// As in the product, but with the waiting cut short.
    static var quick: CableLimits {
        var limits = CableLimits()
        limits.settleTime = .milliseconds(15)
        limits.lingerTime = .milliseconds(200)
        limits.drainTime = .milliseconds(400)
        return limits
    }
}

func withCable(
    limits: CableLimits = .quick,
    http: HTTPLimits = HTTPLimits(),
    loops: Int = 1,
    tls: TLSSource? = nil,
    caps: ConnectionCaps? = nil,
    admit: @escaping CableHTTPChannel<String>.Admit = Chat.admit,
    channels: (@Sendable (CableServer.Calls) -> [CableChannel<String>])? = nil,
    _ body: (CableServer) async throws -> Void
) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
    let registry = StreamRegistry(eventLoopGroup: group, limits: limits)
    let calls = CableServer.Calls()
    let channel = CableHTTPChannel(
        responder: { request, writer, channel in
            if request.uri.path != "/early" { for try await _ in request.body {} }
            var body = ByteBuffer(string: "hello \(request.uri.path)")
            if request.uri.path == "/peer" { body = ByteBuffer(string: channel.remoteAddress?.ipAddress ?? "?") }
            if request.uri.path == "/scheme" { body = ByteBuffer(string: request.head.scheme ?? "?") }
            if request.uri.path == "/large" { body = ByteBuffer(repeating: 97, count: 8 << 20) }
            let fields: HTTPFields = [.contentLength: String(body.readableBytes)]
            var head = try await writer.writeHead(HTTPResponse(status: .ok, headerFields: fields))
            try await head.write(body)
            try await head.finish(nil)
        },
        basePath: "/chat",
        admit: admit,
        channels: channels?(calls) ?? [Chat.channel(calls)],
        registry: registry,
        http: http,
        errorHeaders: [.xContentTypeOptions: "nosniff"],
        tls: tls,
        caps: caps)
    let (ports, running) = AsyncStream.makeStream(of: Int.self)
    var logger = Logger(label: "cable")
    logger.logLevel = .error
    let server = channel.server(
        configuration: ServerConfiguration(address: .hostname("127.0.0.1", port: 0)),
        onServerRunning: { running.yield($0.localAddress?.port ?? 0) },
        eventLoopGroup: group, logger: logger)
    try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask { try await server.run() }
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        let stop: @Sendable () async throws -> Void = {
            try await #require(server as? Server<CableHTTPChannel<String>>).shutdownGracefully()
        }
        try await body(CableServer(registry: registry, port: port, calls: calls, stop: stop))
        tasks.cancelAll()
    }
    #expect(registry.tally.sockets == 0)
    try await group.shutdownGracefully()
}

/// True as soon as the condition holds, false if it still does not after a while.
func eventually(within limit: Duration = .seconds(20), _ condition: () -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(2))
    }
    return condition()
}
