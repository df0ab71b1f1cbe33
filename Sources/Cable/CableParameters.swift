/// A JSON value as a client sent it.
public enum CableValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case list([CableValue])
    case object([String: CableValue])
}

/// Parameters and data of the protocol, parsed.
public struct CableParameters: Sendable, Equatable {
    public let values: [String: CableValue]

    public init(_ values: [String: CableValue] = [:]) {
        self.values = values
    }

    /// Clients send numbers as 1, 1.0 or "1".
    public func integer(_ key: String) -> Int64? {
        switch values[key] {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        case .string(let text): Int64(text)
        default: nil
        }
    }

    public func string(_ key: String) -> String? {
        guard case .string(let text) = values[key] else { return nil }
        return text
    }

    public func boolean(_ key: String) -> Bool? {
        switch values[key] {
        case .boolean(let value): value
        case .string("true"), .integer(1): true
        case .string("false"), .integer(0): false
        default: nil
        }
    }
}
