import Foundation
import Hummingbird
import NIOCore

/// What a request says, whether it came as JSON, as a form or in the query: one set of named values.
struct RequestFields: Sendable {
    let values: [String: JSONValue]

    init(_ values: [String: JSONValue] = [:]) {
        self.values = values
    }

    /// These, with the others in place of those that have the same names.
    func with(_ others: RequestFields) -> RequestFields {
        RequestFields(values.merging(others.values) { _, other in other })
    }

    /// - Parameter field: JSON `null` counts as absent.
    subscript(_ field: String) -> JSONValue? {
        guard let value = values[field], value != .null else { return nil }
        return value
    }

    /// The first of these fields that is there, as text. The others are looked at too: what is unfit is said, not passed over.
    /// - Throws: `invalid` where the value is of another type.
    func string(_ fields: String...) throws -> String? { try first(of: fields) }

    /// Whether something is said there: not JSON `null`, no empty text, and no list of such alone.
    func holds(_ field: String) -> Bool {
        switch values[field] {
        case nil, .null, .string(""): false
        case .array(let items): items.contains { $0 != .null && $0 != .string("") }
        default: true
        }
    }

    /// Whether it is said that there is none: JSON `null`, or an empty field of a form.
    func isCleared(_ field: String) -> Bool {
        switch values[field] {
        case .null, .string(""): true
        default: false
        }
    }

    func requiredString(_ field: String, or others: String...) throws -> String {
        guard let text = try first(of: [field] + others) else { throw ChatError.missing(field) }
        return text
    }

    private func first(of fields: [String]) throws -> String? {
        try fields.compactMap { field -> String? in
            switch self[field] {
            case nil: return nil
            case .string(let text):
                guard !text.utf8.contains(0) else { throw ChatError.invalid(field, "must not contain NUL") }
                return text
            case .integer(let number): return String(number)
            default: throw ChatError.invalid(field, "must be text")
            }
        }.first
    }

    func boolean(_ field: String) throws -> Bool? {
        switch self[field] {
        case nil: nil
        case .boolean(let value): value
        case .integer(1), .string("1"), .string("true"), .string("on"): true
        case .integer(0), .string("0"), .string("false"), .string("off"), .string(""): false
        default: throw ChatError.invalid(field, "must be true or false")
        }
    }

    func id<Entity>(_ field: String) throws -> Identifier<Entity>? {
        switch self[field] {
        case nil, .string(""): return nil
        case .integer(let number) where number > 0: return Identifier(number)
        case .string(let text):
            if let id = Identifier<Entity>(text) { return id }
        default: break
        }
        throw ChatError.invalid(field, "must be an id, a whole number above 0")
    }

    /// An empty field of a form counts as absent.
    func number(_ field: String) throws -> Int? {
        guard let text = try string(field), !text.isEmpty else { return nil }
        guard let number = Int(text) else { throw ChatError.invalid(field, "must be a whole number") }
        return number
    }

    func number(_ field: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let number = try number(field) else { return nil }
        guard range.contains(number) else {
            throw ChatError.invalid(field, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// 1 to 100, 50 unless told; clients that ask for more get what there may be.
    func limit() throws -> Int {
        min(max(try number("limit") ?? 50, 1), Messages.maximumPage)
    }

    /// A list of words: a JSON array, or a form's repeated field.
    func strings(_ field: String) throws -> [String] {
        switch self[field] {
        case nil: return []
        case .string(let text): return text.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
        case .array(let items):
            return try items.map {
                guard case .string(let text) = $0 else { throw ChatError.invalid(field, "must be a list of words") }
                return text
            }
        default: throw ChatError.invalid(field, "must be a list of words")
        }
    }

    /// A list of ids: a JSON array, a form's repeated field, or one text with commas between them.
    func ids<Entity>(_ field: String) throws -> [Identifier<Entity>] {
        let items: [JSONValue] =
            switch self[field] {
            case nil, .string(""): []
            case .array(let items): items
            case .string(let text): text.split(separator: ",").map { .string($0.trimmingCharacters(in: .whitespaces)) }
            case .some(let value): [value]
            }
        return try items.map { item in
            guard let id: Identifier<Entity> = try RequestFields([field: item]).id(field) else {
                throw ChatError.invalid(field, "must be a list of ids, whole numbers above 0")
            }
            return id
        }
    }

    /// A nested object, as forms write it: `user[username]`.
    func object(_ field: String) throws -> RequestFields? {
        switch self[field] {
        case nil: nil
        case .object(let values): RequestFields(values)
        default: throw ChatError.invalid(field, "must be an object")
        }
    }
}

/// Any JSON value.
enum JSONValue: Hashable, Sendable, Codable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}
