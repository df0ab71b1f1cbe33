public import NIOCore
public import NIOWebSocket

/// Reads what a client sends (RFC 6455, 5). Holds no more than one message of the permitted size.
public struct CableFrameReader {
    public enum Message: Equatable, Sendable {
        case text(ByteBuffer)
        case ping(ByteBuffer)
        case pong
        case close
    }

    /// What the client did wrong; its code goes into the close frame.
    public struct Violation: Error, Equatable, Sendable {
        public let code: WebSocketErrorCode
    }

    private struct Header {
        let isFinal: Bool
        let opcode: UInt8
        let payloadBytes: Int
        let mask: WebSocketMaskingKey
        var isControl: Bool { opcode & 0x8 != 0 }
    }

    /// Fragments and control frames included: a client can send many without ever completing a message.
    public private(set) var frameCount = 0

    private let maximumBytes: Int
    private var received = ByteBuffer()
    private var header: Header?
    private var fragments: ByteBuffer?

    public init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    public mutating func receive(_ bytes: ByteBuffer) {
        if received.readableBytes == 0 {
            received = bytes
        } else {
            received.writeImmutableBuffer(bytes)
        }
    }

    /// The next message that is complete.
    public mutating func next() throws(Violation) -> Message? {
        while true {
            if header == nil { header = try readHeader() }
            guard let header, received.readableBytes >= header.payloadBytes,
                var payload = received.readSlice(length: header.payloadBytes)
            else {
                shrink()
                return nil
            }
            self.header = nil
            frameCount += 1
            payload.webSocketUnmask(header.mask)
            if let message = try finish(header, payload) { return message }
        }
    }

    /// An idle connection keeps no buffer, and a partial message keeps one of its own size.
    private mutating func shrink() {
        if received.readableBytes == 0 {
            received = ByteBuffer()
        } else {
            received.discardReadBytes()
        }
    }

    private mutating func finish(_ header: Header, _ payload: ByteBuffer) throws(Violation) -> Message? {
        switch header.opcode {
        case 0x1 where header.isFinal:
            return .text(try checked(payload))
        case 0x1:
            fragments = payload
            return nil
        case 0x0:
            guard var whole = fragments else { throw Violation(code: .protocolError) }
            whole.writeImmutableBuffer(payload)
            fragments = header.isFinal ? nil : whole
            return header.isFinal ? .text(try checked(whole)) : nil
        case 0x8:
            try checkClose(payload)
            return .close
        case 0x9:
            return .ping(payload)
        default:
            return .pong
        }
    }

    /// RFC 6455, 5.5.1: nothing, or a code and a reason in UTF-8.
    private func checkClose(_ payload: ByteBuffer) throws(Violation) {
        guard payload.readableBytes > 0 else { return }
        guard let code = payload.getInteger(at: payload.readerIndex, as: UInt16.self) else {
            throw Violation(code: .protocolError)
        }
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: break
        default: throw Violation(code: .protocolError)
        }
        _ = try checked(payload.getSlice(at: payload.readerIndex + 2, length: payload.readableBytes - 2) ?? payload)
    }

    private func checked(_ text: ByteBuffer) throws(Violation) -> ByteBuffer {
        let isValid = text.withUnsafeReadableBytes { bytes in
            String(validating: bytes, as: UTF8.self) != nil
        }
        guard isValid else { throw Violation(code: .dataInconsistentWithMessage) }
        return text
    }

    private mutating func readHeader() throws(Violation) -> Header? {
        var ahead = received
        guard let first = ahead.readInteger(as: UInt8.self), let second = ahead.readInteger(as: UInt8.self) else {
            return nil
        }
        let isFinal = first & 0x80 != 0
        let opcode = first & 0x0F
        guard first & 0x70 == 0 else { throw Violation(code: .protocolError) }  // no extension was agreed on
        guard second & 0x80 != 0 else { throw Violation(code: .protocolError) }  // clients mask (5.1)
        switch opcode {
        case 0x1:
            guard fragments == nil else { throw Violation(code: .protocolError) }
        case 0x0:
            guard fragments != nil else { throw Violation(code: .protocolError) }
        case 0x2:
            throw Violation(code: .unacceptableData)
        case 0x8, 0x9, 0xA:
            guard isFinal, second & 0x7F <= 125 else { throw Violation(code: .protocolError) }
        default:
            throw Violation(code: .protocolError)
        }
        guard let payloadBytes = try Self.length(second & 0x7F, &ahead) else { return nil }
        // Refused by what it announces, before any of it is kept.
        let earlier = opcode == 0x0 ? fragments?.readableBytes ?? 0 : 0
        guard opcode & 0x8 != 0 || payloadBytes <= maximumBytes - earlier else {
            throw Violation(code: .messageTooLarge)
        }
        guard let key = ahead.readBytes(length: 4), let mask = WebSocketMaskingKey(key) else { return nil }
        received = ahead
        return Header(
            isFinal: isFinal, opcode: opcode, payloadBytes: payloadBytes,
            mask: mask)
    }

    /// The shortest form is required (5.2).
    private static func length(_ short: UInt8, _ buffer: inout ByteBuffer) throws(Violation) -> Int? {
        switch short {
        case 126:
            guard let length = buffer.readInteger(as: UInt16.self) else { return nil }
            guard length > 125 else { throw Violation(code: .protocolError) }
            return Int(length)
        case 127:
            guard let length = buffer.readInteger(as: UInt64.self) else { return nil }
            guard length > 65535, length >> 63 == 0 else { throw Violation(code: .protocolError) }
            return Int(length)
        default:
            return Int(short)
        }
    }
}
