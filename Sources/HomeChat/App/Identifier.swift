import Storage

/// The id of one kind of thing: a channel's id does not fit where a user's is wanted. Positive, never used twice.
package struct Identifier<Entity>: Hashable, Sendable {
    package let value: Int64

    package init(_ value: Int64) {
        self.value = value
    }

    /// Reads an id as it stands in a path or a query: ASCII digits, above zero, at most 2^63-1.
    package init?(_ text: some StringProtocol) {
        guard !text.isEmpty, text.utf8.count <= 19, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = Int64(text), value > 0
        else { return nil }
        self.value = value
    }
}

extension Identifier: CustomStringConvertible {
    package var description: String { String(value) }
}

extension Identifier: Comparable {
    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}

extension Identifier: Codable {
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(Int64.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

extension Identifier: SQLValueConvertible {
    package var sqlValue: SQLValue { .integer(value) }
}

extension Identifier: SQLValueDecodable {
    package init(sqlValue: SQLValue) throws {
        self.init(try Int64(sqlValue: sqlValue))
    }
}
