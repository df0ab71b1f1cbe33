import HTTPTypes

@testable import HomeChat

extension FuzzTarget {
    /// The first byte is the size of the file, the second says how often it counts; the rest is a `Range`.
    static let range = FuzzTarget(name: "range") { bytes in
        guard bytes.count >= 2 else { return }
        let size = Int64(bytes[0]) << min(Int64(bytes[1]), 54)
        switch ByteRange(text(Array(bytes.dropFirst(2))), of: size) {
        case .whole, .unsatisfiable: break
        case .part(let part): precondition(part.lowerBound >= 0 && part.upperBound < size, "not in the file: \(part)")
        }
    }

    /// The name of a file. Whatever it is, the header is one line that says one thing.
    static let disposition = FuzzTarget(name: "disposition") { bytes in
        let header = ContentDisposition(kind: .attachment, name: text(bytes)).text
        precondition(HTTPField.isValidValue(header) && header.utf8.count < 1100)
        precondition(header.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        precondition(header.utf8.count { $0 == UInt8(ascii: "\"") } == 2 && !header.contains("\\"))
        _ = Preconditions([.ifNoneMatch: text(bytes), .ifRange: text(bytes)]).verdict(on: "\"abc\"")
    }
}
