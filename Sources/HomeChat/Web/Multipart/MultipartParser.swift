import NIOCore

/// Takes `multipart/form-data` apart while it comes (RFC 7578; RFC 2046, 5.1). Of what it was fed it keeps less than
/// `maximumHeaderBytes`, whatever that is.
///
/// It knows one way to read a form: lines end with CRLF, and a boundary is followed by the end of its line or of the form. What
/// could be read in two ways is refused, since somebody in between may have read the other.
struct MultipartParser: Sendable {
    static let maximumBoundaryLength = 70
    /// Of one part, with the ends of its lines.
    static let maximumHeaderBytes = 8 << 10
    static let maximumParts = 1000
    /// Before the first boundary and after the last, where nothing is that counts; also behind a boundary on its line.
    static let maximumPadding = 1 << 10

    enum Event: Equatable, Sendable {
        case began(PartHeader)
        /// Of this part, never none.
        case bytes(ByteBuffer)
        case ended
    }

    private enum State {
        case preamble
        /// Behind a boundary.
        case boundary
        case header
        /// Before the empty line that ends a header: it may belong to the boundary after it.
        case start
        case body
        /// Behind the last boundary, on its line.
        case end
        case epilogue
    }

    private let delimiter: [UInt8]
    private var state = State.preamble
    private var pending: ByteBuffer
    private var lines: [String] = []
    private var headerBytes = 0
    private var padding = 0
    private var parts = 0
    private var problem: ChatError?

    init(boundary: String) throws {
        guard (1...Self.maximumBoundaryLength).contains(boundary.utf8.count), boundary.utf8.last != UInt8(ascii: " "),
            boundary.utf8.allSatisfy(Self.isBoundaryByte)
        else { throw ChatError.malformed("the boundary of the form is missing or not fit") }
        delimiter = Array("\r\n--\(boundary)".utf8)
        // The first boundary needs no line before it.
        pending = ByteBuffer(bytes: Self.lineEnd)
    }

    /// - Parameter contentType: of the request.
    init(contentType: String) throws {
        guard let type = HeaderParameters(contentType) else {
            throw ChatError.malformed("the type of the form cannot be read")
        }
        try self.init(boundary: type["boundary"] ?? "")
    }

    /// Of what was fed and has not come out.
    var keptBytes: Int { pending.readableBytes }

    mutating func feed(_ bytes: ByteBuffer) {
        guard pending.readableBytes > 0 else { return pending = bytes }
        // Anew, so that what is left of a large buffer does not hold it.
        var both = ByteBuffer()
        both.reserveCapacity(pending.readableBytes + bytes.readableBytes)
        both.writeBuffer(&pending)
        both.writeImmutableBuffer(bytes)
        pending = both
    }

    /// What comes next. nil: nothing more can be said of what was fed so far.
    mutating func next() throws -> Event? {
        if let problem { throw problem }
        do {
            while true {
                switch try step() {
                case .event(let event): return event
                case .on: continue
                case .starved: return nil
                }
            }
        } catch let error as ChatError {
            problem = error
            throw error
        }
    }

    /// - Throws: where the form is not whole.
    func finish() throws {
        if let problem { throw problem }
        switch state {
        case .end, .epilogue: return
        default: throw ChatError.malformed("the form breaks off before its last boundary")
        }
    }

    private enum Step {
        case event(Event), on, starved
    }

    private mutating func step() throws -> Step {
        switch state {
        case .preamble: try skipPreamble()
        case .boundary: try endBoundary()
        case .header: try readHeader()
        case .start: beginBody()
        case .body: readBody()
        case .end: try endForm()
        case .epilogue: try skipEpilogue()
        }
    }
}

extension MultipartParser {
    private static let lineEnd: [UInt8] = [0x0D, 0x0A]
    private static let dashes: [UInt8] = [0x2D, 0x2D]
    private static let blanks: [UInt8] = [0x20, 0x09]
    private static let crowdedBoundary = ChatError.malformed("a boundary of the form is followed by something else")

    private mutating func skipPreamble() throws -> Step {
        switch look() {
        case .delimiter(let start):
            try skip(start)
            pending.moveReaderIndex(forwardBy: delimiter.count)
            enter(.boundary)
            return .on
        case .none(let length):
            try skip(length)
            return .starved
        }
    }

    /// Two dashes end the form. Else blanks may follow, and the line's end.
    private mutating func endBoundary() throws -> Step {
        guard let two = pending.getBytes(at: pending.readerIndex, length: 2) else { return .starved }
        if two == Self.dashes {
            pending.moveReaderIndex(forwardBy: 2)
            enter(.end)
            return .on
        }
        if two == Self.lineEnd {
            pending.moveReaderIndex(forwardBy: 2)
            parts += 1
            guard parts <= Self.maximumParts else { throw ChatError.malformed("the form has too many parts") }
            (lines, headerBytes) = ([], 0)
            enter(.header)
            return .on
        }
        guard Self.blanks.contains(two[0]) else { throw Self.crowdedBoundary }
        try skip(1)
        return .on
    }

    private mutating func readHeader() throws -> Step {
        let view = pending.readableBytesView
        guard let end = view.firstIndex(of: 0x0A) else {
            guard headerBytes + view.count < Self.maximumHeaderBytes else { throw Self.longHeader }
            return .starved
        }
        let length = end - view.startIndex + 1
        headerBytes += length
        guard headerBytes <= Self.maximumHeaderBytes else { throw Self.longHeader }
        guard length >= 2, view[end - 1] == 0x0D else {
            throw ChatError.malformed("a line of the form does not end with CRLF")
        }
        if length == 2 {
            let header = try PartHeader(lines: lines)
            enter(.start)
            return .event(.began(header))
        }
        guard let line = String(validating: view[view.startIndex..<end - 1], as: UTF8.self) else {
            throw ChatError.malformed("the header of a part is not UTF-8")
        }
        lines.append(line)
        pending.moveReaderIndex(forwardBy: length)
        return .on
    }

    private mutating func beginBody() -> Step {
        let view = pending.readableBytesView
        guard delimiter.starts(with: view.prefix(delimiter.count)) else {
            pending.moveReaderIndex(forwardBy: Self.lineEnd.count)
            enter(.body)
            return .on
        }
        guard view.count >= delimiter.count else { return .starved }
        return endPart()
    }

    private mutating func readBody() -> Step {
        switch look() {
        case .delimiter(0): endPart()
        case .delimiter(let start): content(start)
        case .none(0): .starved
        case .none(let length): content(length)
        }
    }

    private mutating func content(_ length: Int) -> Step {
        pending.readSlice(length: length).map { .event(.bytes($0)) } ?? .starved
    }

    private mutating func endPart() -> Step {
        pending.moveReaderIndex(forwardBy: delimiter.count)
        enter(.boundary)
        return .event(.ended)
    }

    /// Nothing may follow, or a line's end and then whatever somebody in between put there.
    private mutating func endForm() throws -> Step {
        let view = pending.readableBytesView
        guard let first = view.first else { return .starved }
        if Self.blanks.contains(first) {
            try skip(1)
            return .on
        }
        guard Self.lineEnd.starts(with: view.prefix(Self.lineEnd.count)) else { throw Self.crowdedBoundary }
        guard view.count >= Self.lineEnd.count else { return .starved }
        // The line's end stays: it may begin another boundary.
        enter(.epilogue)
        return .on
    }

    private mutating func skipEpilogue() throws -> Step {
        switch look() {
        case .delimiter: throw ChatError.malformed("the form goes on behind its last boundary")
        case .none(let length):
            try skip(length)
            return .starved
        }
    }

    private mutating func enter(_ next: State) {
        state = next
        padding = 0
    }

    private mutating func skip(_ length: Int) throws {
        padding += length
        guard padding <= Self.maximumPadding else {
            throw ChatError.malformed("the form has too much around its parts")
        }
        pending.moveReaderIndex(forwardBy: length)
    }

    private static let longHeader = ChatError.malformed(
        "the header of a part is longer than \(maximumHeaderBytes) bytes")

    private enum Look {
        case delimiter(at: Int)
        /// So many bytes belong to no delimiter, whatever comes after them.
        case none(before: Int)
    }

    private func look() -> Look {
        let view = pending.readableBytesView
        var rest = view[...]
        while let start = rest.firstIndex(of: 0x0D) {
            let candidate = view[start...].prefix(delimiter.count)
            if delimiter.starts(with: candidate) {
                let offset = start - view.startIndex
                return candidate.count == delimiter.count ? .delimiter(at: offset) : .none(before: offset)
            }
            rest = view[(start + 1)...]
        }
        return .none(before: view.count)
    }

    /// RFC 2046, 5.1.1.
    private static func isBoundaryByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "'()+_,-./:=? ".utf8.contains(byte)
        }
    }
}
