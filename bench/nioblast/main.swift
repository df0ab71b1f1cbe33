// The yardstick for fan-out: what SwiftNIO alone can do. Text sent to /ws/N goes to everybody on /ws/N.
// No chat, no limits, no identifiers. Usage: nioblast PORT [EVENT LOOPS]
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
guard let port = arguments.first else { fatalError("usage: nioblast PORT [EVENT LOOPS]") }
let group = MultiThreadedEventLoopGroup(numberOfThreads: arguments.dropFirst().first ?? 1)
let loops = group.makeIterator().map { Rooms.Handle(eventLoop: $0) }

let server = try await ServerBootstrap(group: group)
    .serverChannelOption(.backlog, value: 4096)
    .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
    .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                withServerUpgrade: (upgraders: [upgrader()], completionHandler: { _ in }))
        }
    }
    .bind(host: "127.0.0.1", port: port).get()
try await server.closeFuture.get()

func upgrader() -> NIOWebSocketServerUpgrader {
    NIOWebSocketServerUpgrader(
        shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
        upgradePipelineHandler: { channel, request in
            channel.eventLoop.makeCompletedFuture {
                let room = request.uri.split(separator: "/").last.flatMap { Int($0) } ?? 0
                guard let loop = loops.first(where: { $0.eventLoop === channel.eventLoop }) else { return }
                let pipeline = channel.pipeline.syncOperations
                let encoder = try pipeline.context(handlerType: WebSocketFrameEncoder.self)
                try pipeline.addHandler(Member(room: room, rooms: loop.rooms, output: encoder))
            }
        })
}

/// One socket. Writes from the encoder's own context, so that the frame passes no encoder.
final class Member: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    let room: Int
    let rooms: Rooms
    let output: ChannelHandlerContext
    var place = 0

    init(room: Int, rooms: Rooms, output: ChannelHandlerContext) {
        self.room = room
        self.rooms = rooms
        self.output = output
    }

    func handlerAdded(context: ChannelHandlerContext) { rooms.join(self) }
    func handlerRemoved(context: ChannelHandlerContext) { rooms.leave(self) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let received = unwrapInboundIn(data)
        switch received.opcode {
        case .text:
            let frame = Rooms.frame(received.unmaskedData)
            for loop in loops { loop.send(frame, to: room) }
        case .connectionClose: context.close(promise: nil)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Who is where, on one event loop.
final class Rooms {
    struct Handle: Sendable {
        let eventLoop: any EventLoop
        private let box: NIOLoopBoundBox<Rooms>

        init(eventLoop: any EventLoop) {
            self.eventLoop = eventLoop
            self.box = .makeBoxSendingValue(Rooms(eventLoop: eventLoop), eventLoop: eventLoop)
        }

        var rooms: Rooms { box.value }
        func send(_ frame: ByteBuffer, to room: Int) { eventLoop.execute { box.value.send(frame, to: room) } }
    }

    private let eventLoop: any EventLoop
    private var members: [Int: ContiguousArray<Member>] = [:]
    private var dirty: Set<Int> = []

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func join(_ member: Member) {
        member.place = members[member.room]?.count ?? 0
        members[member.room, default: []].append(member)
    }

    func leave(_ member: Member) {
        guard let last = members[member.room]?.popLast(), last !== member else { return }
        members[member.room]?[member.place] = last
        last.place = member.place
    }

    /// The same bytes for all, and one flush per turn of the loop.
    func send(_ frame: ByteBuffer, to room: Int) {
        let data = NIOAny(frame)
        for member in members[room] ?? [] { member.output.write(data, promise: nil) }
        guard dirty.insert(room).inserted else { return }
        eventLoop.assumeIsolated().execute { [self] in
            dirty.remove(room)
            for member in members[room] ?? [] { member.output.flush() }
        }
    }

    static func frame(_ payload: ByteBuffer) -> ByteBuffer {
        let size = payload.readableBytes
        var frame = ByteBuffer()
        frame.reserveCapacity(size + 10)
        frame.writeInteger(UInt8(0x81))
        switch size {
        case ..<126: frame.writeInteger(UInt8(size))
        case ..<65536: frame.writeMultipleIntegers(UInt8(126), UInt16(size))
        default: frame.writeMultipleIntegers(UInt8(127), UInt64(size))
        }
        frame.writeImmutableBuffer(payload)
        return frame
    }
}
