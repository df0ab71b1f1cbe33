import NIOCore

/// What a client asks for before anything is encrypted (RFC 8446, 4.1.2). The TLS library reads it again and judges it:
/// this reader only looks for two extensions.
struct ClientHello: Equatable {
    var serverName: String?
    var protocols: [String] = []

    /// Of a TLS record: 2^14 and what compression might have added (RFC 5246, 6.2.3).
    static let maximumRecordBytes = 16_384 + 2048

    /// Of the handshake (RFC 8446, 5.1).
    static let recordType: UInt8 = 22

    enum Reading: Equatable {
        case incomplete
        /// Nil: it goes over more than one record, or is none.
        case complete(ClientHello?)
    }

    /// - Parameter bytes: all that came so far, record header included.
    static func read(_ bytes: ByteBuffer) -> Reading {
        var bytes = bytes
        guard let header = bytes.readBytes(length: 3), let length = bytes.readInteger(as: UInt16.self) else {
            return .incomplete
        }
        guard header[0] == recordType, Int(length) <= maximumRecordBytes else { return .complete(nil) }
        guard let record = bytes.readSlice(length: Int(length)) else { return .incomplete }
        return .complete(ClientHello(record: record))
    }

    private init?(record: ByteBuffer) {
        var hello = record
        // Type, length, version, random.
        guard hello.readInteger(as: UInt8.self) == 1, hello.readBytes(length: 3 + 2 + 32) != nil,
            hello.readLengthPrefixedSlice(as: UInt8.self) != nil,  // session
            hello.readLengthPrefixedSlice(as: UInt16.self) != nil,  // cipher suites
            hello.readLengthPrefixedSlice(as: UInt8.self) != nil,  // compression
            var extensions = hello.readLengthPrefixedSlice(as: UInt16.self)
        else { return nil }
        while let type = extensions.readInteger(as: UInt16.self),
            var body = extensions.readLengthPrefixedSlice(as: UInt16.self)
        {
            switch type {
            case 0: serverName = Self.name(&body)
            case 16: protocols = Self.names(&body)
            default: break
            }
        }
    }

    /// RFC 6066, 3.
    private static func name(_ body: inout ByteBuffer) -> String? {
        guard var list = body.readLengthPrefixedSlice(as: UInt16.self), list.readInteger(as: UInt8.self) == 0,
            let name = list.readLengthPrefixedSlice(as: UInt16.self)
        else { return nil }
        return String(buffer: name)
    }

    private static func names(_ body: inout ByteBuffer) -> [String] {
        guard var list = body.readLengthPrefixedSlice(as: UInt16.self) else { return [] }
        var names: [String] = []
        while let name = list.readLengthPrefixedSlice(as: UInt8.self) { names.append(String(buffer: name)) }
        return names
    }
}
