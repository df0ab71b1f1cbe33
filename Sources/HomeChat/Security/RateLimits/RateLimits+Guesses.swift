extension RateLimits {
    /// Looks a secret up for somebody, unless too many of theirs did not work: then nothing is looked up at all.
    func guardingGuesses(
        from client: ClientAddress, _ lookUp: () async throws -> Principal?
    ) async throws -> Principal? {
        try check(.badToken, .address(client.ip))
        let principal = try await lookUp()
        if principal == nil { try spend(.badToken, .address(client.ip)) }
        return principal
    }
}
