import NIOCore
import NIOWebSocket

/// The frames that the server sends, as bytes for the socket. Built once and shared by all who get them.
enum CableFrame {
    static let welcome = text(#"{"type":"welcome"}"#)

    static func ping(unixSeconds: Int) -> ByteBuffer {
        text(#"{"type":"ping","message":\#(unixSeconds)}"#)
    }

    static func confirmation(of identifier: CableIdentifier) -> ByteBuffer {
        frame("{\"identifier\":", identifier.source, ",\"type\":\"confirm_subscription\"}")
    }

    static func rejection(of identifier: CableIdentifier) -> ByteBuffer {
        frame("{\"identifier\":", identifier.source, ",\"type\":\"reject_subscription\"}")
    }

    /// No `type` at the top: clients take such a frame for a control frame.
    static func message(_ payload: ByteBuffer, for source: [UInt8]) -> ByteBuffer {
        frame("{\"identifier\":", source, ",\"message\":", payload, "}")
    }

    static func disconnect(reason: String, reconnect: Bool) -> ByteBuffer {
        let reason = reason.allSatisfy { $0.isASCII && ($0.isLetter || $0 == "_") } ? reason : "remote"
        return text(#"{"type":"disconnect","reason":"\#(reason)","reconnect":\#(reconnect)}"#)
    }

    static func close(_ code: WebSocketErrorCode) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeInteger(UInt8(0x88))
        frame.writeInteger(UInt8(2))
        frame.write(webSocketErrorCode: code)
        return frame
    }

    static func pong(_ data: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeInteger(UInt8(0x8A))
        frame.writeInteger(UInt8(truncatingIfNeeded: data.readableBytes))  // the reader lets no more than 125 pass
        frame.writeImmutableBuffer(data)
        return frame
    }

    private static func text(_ json: String) -> ByteBuffer {
        var frame = header(payloadBytes: json.utf8.count)
        frame.writeString(json)
        return frame
    }

    private static func frame(
        _ head: StaticString, _ source: [UInt8], _ middle: StaticString,
        _ payload: ByteBuffer = ByteBuffer(), _ tail: StaticString = ""
    ) -> ByteBuffer {
        let bytes =
            head.utf8CodeUnitCount + source.count + middle.utf8CodeUnitCount + payload.readableBytes
            + tail.utf8CodeUnitCount
        var frame = header(payloadBytes: bytes)
        frame.writeStaticString(head)
        frame.writeBytes(source)
        frame.writeStaticString(middle)
        frame.writeImmutableBuffer(payload)
        frame.writeStaticString(tail)
        return frame
    }

    /// A whole, unmasked text frame (RFC 6455, 5.2).
    private static func header(payloadBytes: Int) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.reserveCapacity(payloadBytes + 10)
        frame.writeInteger(UInt8(0x81))
        switch payloadBytes {
        case ..<126:
            frame.writeInteger(UInt8(payloadBytes))
        case ..<65536:
            frame.writeInteger(UInt8(126))
            frame.writeInteger(UInt16(payloadBytes))
        default:
            frame.writeInteger(UInt8(127))
            frame.writeInteger(UInt64(payloadBytes))
        }
        return frame
    }
}
