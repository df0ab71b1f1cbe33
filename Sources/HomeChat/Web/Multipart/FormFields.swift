import NIOCore

/// The fields of a form while they come, within bounds for each and for all together.
struct FormFields: Sendable {
    /// More than the longest message, which may have many bytes a character.
    static let maximumFieldBytes = 128 << 10

    private let maximumBytes: Int
    private var pairs: [(name: String, value: String)] = []
    private var bytes = 0
    private var open: (header: PartHeader, text: ByteBuffer)?

    /// - Parameter maximumBytes: of all of them, names included.
    init(maximumBytes: Int) {
        self.maximumBytes = maximumBytes
    }

    mutating func begin(_ header: PartHeader) throws {
        open = (header, ByteBuffer())
        try count(header.name.utf8.count)
    }

    mutating func append(_ part: ByteBuffer) throws {
        guard let header = open?.header else { return }
        try count(part.readableBytes)
        open?.text.writeImmutableBuffer(part)
        guard let length = open?.text.readableBytes, length <= Self.maximumFieldBytes else {
            throw ChatError.invalid(header.shownName, "must have at most \(Self.maximumFieldBytes) bytes")
        }
    }

    mutating func end() throws {
        guard let (header, text) = open else { return }
        open = nil
        guard let value = String(validating: text.readableBytesView, as: UTF8.self) else {
            throw ChatError.malformed("a field of the form is not UTF-8")
        }
        pairs.append((header.name, value))
    }

    /// What is there so far.
    func values() throws -> [String: JSONValue] { try RequestFields.values(of: pairs) }

    private mutating func count(_ more: Int) throws {
        bytes += more
        guard bytes <= maximumBytes else { throw ChatError.tooLarge(limit: maximumBytes) }
    }
}
