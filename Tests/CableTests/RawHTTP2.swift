import NIOCore
import NIOHPACK

@testable import Cable

/// A client of HTTP/2 that sends any frames (RFC 9113), in good order or not.
struct RawHTTP2 {
    enum Kind: UInt8 {
        case data = 0, headers, priority, reset, settings, pushPromise, ping, goAway, windowUpdate, continuation
    }

    struct Frame {
        var kind: Kind?
        var flags: UInt8
        var stream: UInt32
        var payload: [UInt8]
        /// Of a reset.
        var code: UInt8? { payload.last }
    }

    static let endStream: UInt8 = 1
    static let endHeaders: UInt8 = 4
    static let maximumFrame = 16_384

    let client: RawClient

    /// - Parameter window: how many bytes of each response the client takes before it asks for more.
    static func connect(to port: Int, window: UInt32? = nil) async throws -> RawHTTP2 {
        let http2 = RawHTTP2(client: try await RawClient.connect(to: port, tls: .init(protocols: ["h2"])))
        try await http2.client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        let setting: [UInt8] = window.map { [0, 4] + bytes($0) } ?? []
        try await http2.send(.settings, payload: setting)
        while try await http2.next().kind != .settings {}
        try await http2.send(.settings, flags: 1)
        return http2
    }

    func send(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, payload: [UInt8] = []) async throws {
        try await client.send(Self.frame(kind, flags: flags, stream: stream, payload: payload))
    }

    static func frame(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, payload: [UInt8] = []) -> [UInt8] {
        bytes(UInt32(payload.count))[1...] + [kind.rawValue, flags] + bytes(stream) + payload
    }

    /// In as many frames as it takes.
    static func request(stream: UInt32, _ fields: [(String, String)], ends: Bool = true) -> [UInt8] {
        var block = fields.flatMap { name, value -> [UInt8] in [0] + literal(name) + literal(value) }[...]
        var kind = Kind.headers
        var frames: [UInt8] = []
        repeat {
            let part = Array(block.prefix(maximumFrame))
            block = block.dropFirst(maximumFrame)
            var flags: UInt8 = block.isEmpty ? endHeaders : 0
            if kind == .headers, ends { flags |= endStream }
            frames += frame(kind, flags: flags, stream: stream, payload: part)
            kind = .continuation
        } while !block.isEmpty
        return frames
    }

    static func fields(_ path: String, _ more: [(String, String)] = [], method: String = "GET") -> [(String, String)] {
        [(":method", method), (":scheme", "https"), (":authority", "a"), (":path", path)] + more
    }

    func get(_ path: String, stream: UInt32 = 1) async throws {
        try await client.send(Self.request(stream: stream, Self.fields(path)))
    }

    func next(within limit: Duration = .seconds(20)) async throws -> Frame {
        try await client.take(within: limit) { bytes -> Frame? in
            guard bytes.count >= 9 else { return nil }
            let length = bytes[..<3].reduce(0) { $0 << 8 | Int($1) }
            guard bytes.count >= 9 + length else { return nil }
            defer { bytes.removeFirst(9 + length) }
            return Frame(
                kind: Kind(rawValue: bytes[3]), flags: bytes[4],
                stream: bytes[5..<9].reduce(0) { $0 << 8 | UInt32($1) }, payload: Array(bytes[9..<9 + length]))
        }
    }

    /// What comes next of the kind; other frames are passed over.
    func next(_ kind: Kind) async throws -> Frame {
        while true {
            let frame = try await next()
            if frame.kind == kind { return frame }
        }
    }

    /// The head of the next response. Of one response for each client: headers are compressed against earlier ones.
    func head() async throws -> HPACKHeaders {
        var decoder = HPACKDecoder(allocator: ByteBufferAllocator())
        var block = ByteBuffer(bytes: try await next(.headers).payload)
        return try decoder.decodeHeaders(from: &block)
    }

    private static func literal(_ text: String) -> [UInt8] {
        let utf8 = Array(text.utf8)
        guard utf8.count >= 127 else { return [UInt8(utf8.count)] + utf8 }
        var rest = utf8.count - 127
        var length: [UInt8] = [127]
        while rest >= 128 {
            length.append(UInt8(rest % 128) | 128)
            rest /= 128
        }
        return length + [UInt8(rest)] + utf8
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }
}
