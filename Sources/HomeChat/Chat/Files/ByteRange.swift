/// Which bytes of a file a request wants (RFC 9110, 14.1.2 and 14.2).
enum ByteRange: Equatable, Sendable {
    case whole
    /// From the first through the last, both of them bytes that there are.
    case part(ClosedRange<Int64>)
    /// Nothing of it is there.
    case unsatisfiable

    /// What is no range of bytes counts as none. So do several of them: put together they could be more than the file.
    /// - Parameters:
    ///   - header: the value of `Range`.
    ///   - size: of the file, in bytes.
    init(_ header: String?, of size: Int64) {
        self = header.flatMap { Self.read($0, size) } ?? .whole
    }

    private static func read(_ header: String, _ size: Int64) -> ByteRange? {
        let words = header.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard words.count == 2, words[0].trimmed.lowercased() == "bytes" else { return nil }
        let ranges = words[1].split(separator: ",").map(\.trimmed).filter { !$0.isEmpty }
        guard ranges.count == 1 else { return nil }
        let ends = ranges[0].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy(\.isDigits), !ranges[0].elementsEqual("-") else { return nil }
        guard !ends[0].isEmpty else { return last(number(ends[1]), size) }
        let first = number(ends[0])
        let end = ends[1].isEmpty ? .max : number(ends[1])
        guard first <= end else { return nil }
        return first < size ? .part(first...min(end, size - 1)) : .unsatisfiable
    }

    private static func last(_ count: Int64, _ size: Int64) -> ByteRange? {
        guard count > 0 else { return .unsatisfiable }
        return size > 0 ? .part(max(size - count, 0)...(size - 1)) : nil
    }

    /// A number that fits nowhere is behind every end.
    private static func number(_ digits: Substring) -> Int64 { Int64(digits) ?? .max }
}

extension Substring {
    /// Without the white space that HTTP allows around a value (RFC 9110, 5.6.3).
    fileprivate var trimmed: Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        return start.dropLast(start.reversed().prefix { $0 == " " || $0 == "\t" }.count)
    }

    fileprivate var isDigits: Bool { utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }
}
