/// What one node let through, for the others: hashed keys of one scope, and how often each.
struct RateSpends: Equatable, Sendable {
    struct Entry: Equatable, Sendable {
        let key: UInt64
        let times: Int
    }

    /// So that a notice stays below its 7,900 bytes: 20 digits, a sign, a count and blanks for each.
    static let maximumKeys = 250

    let node: Int64
    let scope: RateScope
    let keys: [Entry]

    static func batches(of waiting: [UInt64: Int], in scope: RateScope, by node: Int64) -> [RateSpends] {
        let entries = waiting.map(Entry.init)
        return stride(from: 0, to: entries.count, by: maximumKeys).map { start in
            RateSpends(
                node: node, scope: scope, keys: Array(entries[start..<min(start + maximumKeys, entries.count)]))
        }
    }

    /// Numbers only, as all events are.
    var words: String {
        let pairs = keys.map { "\(Int64(bitPattern: $0.key)) \($0.times)" }
        return "\(node) \(scope.number) \(pairs.joined(separator: " "))"
    }
}

extension RateSpends {
    /// nil for what this version does not know.
    init?(_ numbers: [Int64]) {
        guard numbers.count >= 4, numbers.count % 2 == 0, let scope = RateScope(number: numbers[1]) else { return nil }
        node = numbers[0]
        self.scope = scope
        keys = stride(from: 2, to: numbers.count, by: 2).compactMap { index in
            guard let times = Int(exactly: numbers[index + 1]), times > 0 else { return nil }
            return Entry(key: UInt64(bitPattern: numbers[index]), times: times)
        }
    }
}
