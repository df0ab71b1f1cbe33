public import NIOCore

/// What a client calls a subscription: a JSON string that holds an object with `channel` and parameters.
public struct CableIdentifier: Sendable, Hashable {
    /// As it came, quotes and escapes included, because clients compare the raw string.
    let source: [UInt8]
    /// After the escapes. Bytes and no String: to a String two spellings of "é" are equal.
    let bytes: [UInt8]

    public static func == (left: Self, right: Self) -> Bool { left.bytes == right.bytes }
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    /// Nil if it is no object or names no channel.
    var channel: String? { parameters.string("channel") }

    /// Parsed when it is needed: subscriptions are many, actions are few.
    var parameters: CableParameters { CableParameters(JSONReader.object(bytes) ?? [:]) }
}

/// What a client asks for.
public enum CableCommand: Sendable, Equatable {
    case subscribe(CableIdentifier)
    case unsubscribe(CableIdentifier)
    case message(CableIdentifier, CableParameters)

    /// Nil for everything that is to be ignored: junk, unknown commands (`pong`), missing members.
    public init?(parsing buffer: ByteBuffer) {
        var reader = JSONReader(Array(buffer.readableBytesView))
        var command: String?
        var identifier: CableIdentifier?
        var data: CableParameters?
        do {
            try reader.members { key, reader in
                switch key {
                case "command" where reader.isAtString:
                    command = try reader.literal().text
                case "identifier" where reader.isAtString:
                    let literal = try reader.literal()
                    identifier = CableIdentifier(source: Array(literal.source), bytes: literal.bytes)
                case "data" where reader.isAtString:
                    data = JSONReader.object(try reader.literal().bytes).map { CableParameters($0) }
                default:
                    _ = try reader.value(depth: 1)
                }
            }
        } catch {
            return nil
        }
        guard let identifier else { return nil }
        switch (command, data) {
        case ("subscribe", _): self = .subscribe(identifier)
        case ("unsubscribe", _): self = .unsubscribe(identifier)
        case ("message", let data?): self = .message(identifier, data)
        default: return nil
        }
    }
}
