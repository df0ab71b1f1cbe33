import Foundation

/// What an AI bot may look at in Home Assistant and what it may ask to have done there. Empty: nothing.
package struct HomeTools: Sendable, Equatable {
    static let most = 50
    static let longestWord = 100

    /// `sensor.*`, `light.kitchen`: what it may read, and what it may name when it calls a service.
    package let states: [String]
    /// `light.turn_on`
    package let services: [String]

    package init() {
        self.init(stored: [], services: [])
    }

    init(stored states: [String], services: [String]) {
        self.states = states
        self.services = services
    }

    package init(states: [String], services: [String]) throws {
        guard states.count <= Self.most, services.count <= Self.most else {
            throw ChatError.invalid("tools", "must have at most \(Self.most) states and as many services")
        }
        guard states.allSatisfy({ Self.isName($0, mayHaveStars: true) }) else {
            throw ChatError.invalid("tools", "must have states like sensor.* and light.kitchen")
        }
        guard services.allSatisfy({ Self.isName($0, mayHaveStars: false) }) else {
            throw ChatError.invalid("tools", "must have services like light.turn_on")
        }
        self.init(stored: states, services: services)
    }

    var isEmpty: Bool { states.isEmpty && services.isEmpty }

    func mayRead(_ entity: String) -> Bool {
        Self.isName(entity, mayHaveStars: false) && states.contains { Self.matches(entity, $0) }
    }

    func mayCall(_ call: ServiceCall) -> Bool {
        services.contains(call.service) && call.entities.allSatisfy(mayRead)
    }

    /// `domain.object` in small letters, digits and `_`; stars only behind the dot.
    static func isName(_ text: String, mayHaveStars: Bool) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, text.utf8.count <= longestWord, !parts[0].isEmpty, !parts[1].isEmpty else {
            return false
        }
        return parts[0].utf8.allSatisfy { isPlain($0) }
            && parts[1].utf8.allSatisfy { isPlain($0) || (mayHaveStars && $0 == UInt8(ascii: "*")) }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "_")
    }

    /// A star stands for any number of characters.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        let pieces = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard pieces.count > 1, let first = pieces.first, let last = pieces.last else { return name == pattern }
        guard name.utf8.count >= first.utf8.count + last.utf8.count, name.hasPrefix(first), name.hasSuffix(last) else {
            return false
        }
        var rest = name.dropFirst(first.count).dropLast(last.count)
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let found = rest.range(of: piece) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}

/// A service that a model wants called. Holding one means that it can be shown to a person in a line.
struct ServiceCall: Sendable, Equatable, Codable {
    static let mostFields = 10
    static let mostEntities = 10
    static let longestValue = 200
    /// In words.
    static let longest = 500
    /// Other ways to name what is meant, which no list of ours could look through.
    static let forbidden: Set = ["entity_id", "area_id", "device_id", "floor_id", "label_id", "target"]

    let service: String
    let entities: [String]
    let data: [String: JSONValue]

    /// nil for what is no call as we know them.
    init?(_ arguments: [String: JSONValue]) {
        guard case .string(let service)? = arguments["service"], HomeTools.isName(service, mayHaveStars: false) else {
            return nil
        }
        self.service = service
        switch arguments["entity_id"] {
        case nil, .null: entities = []
        case .string(let one): entities = [one]
        case .array(let many): entities = many.compactMap { if case .string(let one) = $0 { one } else { nil } }
        default: return nil
        }
        if case .array(let many)? = arguments["entity_id"], many.count != entities.count { return nil }
        switch arguments["data"] {
        case nil, .null: data = [:]
        case .object(let values): data = values
        default: return nil
        }
        guard entities.count <= Self.mostEntities, entities.allSatisfy({ HomeTools.isName($0, mayHaveStars: false) }),
            data.count <= Self.mostFields, data.keys.allSatisfy(Self.isField), data.values.allSatisfy(Self.isPlain),
            words.count <= Self.longest
        else { return nil }
    }

    var json: JSONValue {
        guard !entities.isEmpty else { return .object(data) }
        return .object(data.merging(["entity_id": .array(entities.map(JSONValue.string))]) { _, entities in entities })
    }

    /// In plain words, and so that nothing in it can look like anything else.
    var words: String {
        let parts = service.split(separator: ".")
        let verb = parts[1].replacingOccurrences(of: "_", with: " ")
        let things = entities.isEmpty ? "" : " " + entities.map { "`\($0)`" }.joined(separator: ", ")
        let values = data.sorted { $0.key < $1.key }.map { name, value in
            "\(name.replacingOccurrences(of: "_", with: " ")): \(Self.text(value))"
        }
        return "\(parts[0]): \(verb)\(things)" + (values.isEmpty ? "" : " (\(values.joined(separator: ", ")))")
    }

    private static func isField(_ name: String) -> Bool {
        (1...40).contains(name.utf8.count) && !forbidden.contains(name)
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    }

    private static func isPlain(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): text.utf8.count <= longestValue
        case .boolean, .integer, .number: true
        case .array(let values): values.count <= 10 && values.allSatisfy { isScalar($0) }
        case .null, .object: false
        }
    }

    private static func isScalar(_ value: JSONValue) -> Bool {
        switch value {
        case .string(let text): text.utf8.count <= longestValue
        case .boolean, .integer, .number: true
        default: false
        }
    }

    private static func text(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): "`" + text.printableLine.replacingOccurrences(of: "`", with: "'") + "`"
        case .boolean(let value): value ? "yes" : "no"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .array(let values): "[" + values.map { Self.text($0) }.joined(separator: ", ") + "]"
        default: ""
        }
    }
}
