/// What a rule says to one more try.
package struct RateVerdict: Equatable, Sendable {
    let scope: RateScope
    let limit: Int
    let period: Duration
    /// How many more would be let through right now.
    let remaining: Int
    /// When the oldest try stops counting: until then, where nothing is left.
    let wait: Duration
    /// The first refusal of this key for a period.
    var isNews = false
}

/// Too much of something. The verdict names the rule, for headers and counters.
package struct RateRefusal: Error, Equatable, Sendable {
    let verdict: RateVerdict

    /// In whole seconds, at least one: a client that obeys is let in.
    var retryAfter: Duration { .seconds(max(1, (verdict.wait.milliseconds + 999) / 1000)) }
}

extension RateRefusal: CustomStringConvertible {
    package var description: String { ChatError.tooMany(retryAfter: retryAfter).description }
}
