extension RateLimits {
    /// What the doctor shows as a token. It is none, so it is counted by itself: who asks whether guessing is limited shuts
    /// nobody out who has a token.
    static let probe = "homechat-doctor"

    /// Looks a secret up for somebody, unless too many of theirs did not work: then nothing is looked up at all.
    func guardingGuesses(
        _ secret: String, from client: ClientAddress, _ lookUp: () async throws -> Principal?
    ) async throws -> Principal? {
        guard secret != Self.probe else {
            try spend(.badToken, .probe(client.ip))
            return nil
        }
        try check(.badToken, .address(client.ip))
        let principal = try await lookUp()
        if principal == nil { try spend(.badToken, .address(client.ip)) }
        return principal
    }
}
