import Foundation

/// What stands above a part of a form: which field it is, and for a file what it is called where it comes from. What type a part
/// says it has counts for nothing.
struct PartHeader: Equatable, Sendable {
    let name: String
    /// nil: what comes is the text of a field.
    let fileName: String?

    /// - Parameter lines: without their ends.
    init(lines: [String]) throws {
        var disposition: HeaderParameters?
        for line in lines {
            let (name, value) = try Self.field(line)
            switch name {
            case "content-disposition":
                guard disposition == nil, let read = HeaderParameters(value), read.value == "form-data" else {
                    throw Self.unfit
                }
                disposition = read
            case "content-transfer-encoding":
                guard ["7bit", "8bit", "binary"].contains(value.lowercased()) else {
                    throw ChatError.malformed("a part of the form is encoded; send it as it is")
                }
            default: break
            }
        }
        guard let disposition, let name = disposition.extended("name"), !name.utf8.contains(0) else {
            throw Self.unfit
        }
        self.name = Self.unescaped(name)
        fileName = disposition.extended("filename").map(Self.unescaped)
    }

    private static let unfit = ChatError.malformed("a part of the form has no Content-Disposition with a name")

    private static func field(_ line: String) throws -> (name: String, value: String) {
        let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, isToken(parts[0]),
            line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
        else { throw ChatError.malformed("the header of a part is not well-formed") }
        return (parts[0].lowercased(), parts[1].trimmingCharacters(in: .whitespaces))
    }

    private static func isToken(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
    }

    /// What browsers write for the three that would break a quoted string (HTML, 4.10.21.8).
    private static func unescaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        return text.replacing("%22", with: "\"").replacing("%0D", with: "\r").replacing("%0A", with: "\n")
    }

    /// For an answer: it may be as long as a header and have anything in it.
    var shownName: String { String(name.printableLine.prefix(100)) }
}
