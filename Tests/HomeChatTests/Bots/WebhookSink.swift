import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HomeChat

/// Somewhere that webhooks are sent to, on a real socket: keeps what came, and answers as a test says.
final class WebhookSink: Sendable {
    struct Received: Sendable {
        let head: String
        let body: String

        var message: String { field("message") ?? "" }

        func field(_ name: String) -> String? {
            let json = try? JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
            return json?[name] as? String
        }

        func header(_ name: String) -> String? {
            head.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map { $0.dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces) }
        }
    }

    private struct State {
        var received: [Received] = []
        var answers: [String] = []
    }

    static let handled = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"

    static func status(_ code: Int, _ headers: String = "") -> String {
        "HTTP/1.1 \(code) Status\r\n\(headers)Content-Length: 0\r\nConnection: close\r\n\r\n"
    }

    private let state = Mutex(State())

    var received: [Received] { state.withLock(\.received) }
    var messages: [String] { received.map(\.message) }

    /// In turn; then everything is handled.
    func answer(_ answers: String...) {
        state.withLock { $0.answers += answers }
    }

    /// What was planned is off: this once more, then everything is handled.
    func answerNothingElse(but last: String? = nil) {
        state.withLock { $0.answers = last.map { [$0] } ?? [] }
    }

    static func with(_ body: (WebhookSink, Int) async throws -> Void) async throws {
        let sink = WebhookSink()
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { $0.pipeline.addHandler(Handler(sink: sink)) }
            .bind(host: "127.0.0.1", port: 0).get()
        do {
            try await body(sink, try #require(server.localAddress?.port))
        } catch {
            try await server.close()
            throw error
        }
        try await server.close()
    }

    private func take(_ request: Received) -> String {
        state.withLock {
            $0.received.append(request)
            return $0.answers.isEmpty ? Self.handled : $0.answers.removeFirst()
        }
    }

    /// One for each connection, and used by its event loop alone.
    private final class Handler: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let sink: WebhookSink
        private let text = Mutex("")

        init(sink: WebhookSink) {
            self.sink = sink
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let whole = text.withLock {
                $0 += String(buffer: unwrapInboundIn(data))
                return $0
            }
            let parts = whole.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return }
            let request = Received(head: String(parts[0]), body: String(parts[1]))
            guard request.body.utf8.count >= Int(request.header("Content-Length") ?? "0") ?? 0 else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: sink.take(request))), promise: nil)
        }
    }
}

extension House {
    /// A bot of Ana's, told at this port of this machine.
    func bot(
        told port: Int, of events: Set<OutgoingEvent> = OutgoingEvent.homeAssistant, named name: String = "house",
        kind: Bot.Kind = .webhook
    ) async throws -> (bot: Bot, webhook: OutgoingWebhook, secret: WebhookSecret?) {
        let made = try await server.bots.create(try NewBot(name: name, kind: kind), as: ana)
        let new = try NewOutgoingWebhook(
            url: "http://127.0.0.1:\(port)/hook", networks: ["127.0.0.1"], events: events.map(\.rawValue))
        let hook = try await server.outgoingWebhooks.create(new, for: made.bot.id, as: ana)
        return (made.bot, hook.webhook, made.secret ?? hook.secret)
    }

    /// What sends, by the clock of the house and with nothing left to chance.
    func office(
        node: String = "one", homeAssistant: String? = nil, random: Double = 0,
        lookUp: @escaping @Sendable (String) async throws -> [String] = NameLookUp.addresses(of:)
    ) -> DeliveryService {
        DeliveryService(
            database: server.database, queue: queue(node),
            sender: DeliverySender(homeAssistant: .init(url: homeAssistant), lookUp: lookUp),
            plan: RetryPlan(random: { random }), bell: DeliveryBell(), counters: server.counters, now: { clock.now },
            logger: server.logger)
    }

    func queue(_ node: String) -> DeliveryQueue { DeliveryQueue(node: node, sealer: server.secrets.sealer) }

    /// Oldest first.
    func deliveries(of bot: Bot) async throws -> [Delivery] {
        try await server.outgoingWebhooks.deliveries(of: bot.id, limit: 100, as: ana).reversed()
    }

    func states(of bot: Bot) async throws -> [Delivery.State] { try await deliveries(of: bot).map(\.state) }
}
