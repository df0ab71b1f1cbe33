import Foundation
import NIOCore

extension RequestFields {
    private static let maximumFields = 1000

    /// `a=1&user[name]=x&scopes[]=y`: one level of objects, and lists.
    static func form(_ text: some StringProtocol) throws -> [String: JSONValue] {
        let pairs = text.split(separator: "&")
        guard pairs.count <= maximumFields else { throw ChatError.malformed("too many fields") }
        return try values(
            of: pairs.map { pair in
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (try decoded(parts[0]), parts.count > 1 ? try decoded(parts[1]) : "")
            })
    }

    /// A form without files, for routes that take none.
    static func multipart(_ body: ByteBuffer, type: String) throws -> [String: JSONValue] {
        var parser = try MultipartParser(contentType: type)
        var fields = FormFields(maximumBytes: body.readableBytes)
        parser.feed(body)
        var file: PartHeader?
        while let event = try parser.next() {
            switch event {
            case .began(let part) where part.fileName != nil: file = part
            case .began(let part): try fields.begin(part)
            case .bytes(let bytes):
                if let file { throw ChatError.invalid(file.shownName, "is a file, and none is taken here") }
                try fields.append(bytes)
            case .ended:
                // A browser sends an input for files in which nothing was chosen too.
                if let file, file.fileName != "" {
                    throw ChatError.invalid(file.shownName, "is a file, and none is taken here")
                }
                if file == nil { try fields.end() }
                file = nil
            }
        }
        try parser.finish()
        return try fields.values()
    }

    /// Of two values of one name the later counts, but for lists: `a[]`, and ids of several, which scripts repeat as they are.
    static func values(of pairs: [(name: String, value: String)]) throws -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        for (name, text) in pairs {
            let value = JSONValue.string(text)
            if name.hasSuffix("[]") {
                append(value, to: String(name.dropLast(2)), in: &values)
            } else if name.hasSuffix("_ids"), values[name] != nil {
                append(value, to: name, in: &values)
            } else if name.hasSuffix("]"), let open = name.firstIndex(of: "["), open != name.startIndex {
                let outer = String(name[..<open])
                let inner = String(name[name.index(after: open)...].dropLast())
                var object: [String: JSONValue] = if case .object(let there) = values[outer] { there } else { [:] }
                object[inner] = value
                values[outer] = .object(object)
            } else {
                values[name] = value
            }
        }
        return values
    }

    private static func append(_ value: JSONValue, to name: String, in values: inout [String: JSONValue]) {
        let list: [JSONValue] =
            switch values[name] {
            case .array(let there): there
            case .string(let there): [.string(there)]
            default: []
            }
        values[name] = .array(list + [value])
    }

    private static func decoded(_ text: some StringProtocol) throws -> String {
        guard let decoded = text.replacingOccurrences(of: "+", with: " ").removingPercentEncoding else {
            throw ChatError.malformed("a field is not percent-encoded UTF-8")
        }
        return decoded
    }
}
