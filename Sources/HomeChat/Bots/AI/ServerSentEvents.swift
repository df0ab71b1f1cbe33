/// Takes an event stream apart (WHATWG HTML, 9.2.6) as its bytes come, however they are cut. Only the data of events: their
/// names, ids and waiting times mean nothing here.
struct ServerSentEvents: Sendable {
    /// Of one event, with the line that is not yet whole.
    static let maximumBytes = 256 << 10

    private var line: [UInt8] = []
    private var data: [UInt8]?
    /// The line feed that follows ends no second line.
    private var endedWithReturn = false
    private var isFirstLine = true

    /// - Returns: the data of each event that these bytes complete.
    /// - Throws: `tooLong` for an event without end.
    mutating func take(_ bytes: some Sequence<UInt8>) throws(AIProblem) -> [[UInt8]] {
        var events: [[UInt8]] = []
        for byte in bytes {
            let follows = endedWithReturn && byte == UInt8(ascii: "\n")
            endedWithReturn = byte == UInt8(ascii: "\r")
            if follows { continue }
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") else {
                line.append(byte)
                guard line.count + (data?.count ?? 0) <= Self.maximumBytes else { throw .tooLong }
                continue
            }
            if let event = endLine() { events.append(event) }
        }
        return events
    }

    /// What was sent and not closed by an empty line; some servers forget the last one.
    mutating func finish() -> [UInt8]? {
        if !line.isEmpty { _ = endLine() }
        return endLine()
    }

    private mutating func endLine() -> [UInt8]? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        isFirstLine = false
        guard !line.isEmpty else {
            defer { data = nil }
            return data.flatMap { $0.isEmpty ? nil : $0 }
        }
        let name = line.prefix { $0 != UInt8(ascii: ":") }
        guard name.elementsEqual("data".utf8) else { return nil }
        var value = line.dropFirst(name.count + 1)
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        data = data.map { $0 + [UInt8(ascii: "\n")] + value } ?? Array(value)
        return nil
    }
}
