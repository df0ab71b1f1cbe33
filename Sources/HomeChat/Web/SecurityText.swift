import Hummingbird

/// `/.well-known/security.txt` (RFC 9116): whom to tell about a weakness of this server.
struct SecurityText: Sendable {
    let contact: String?
    let publicURL: String?
    let now: @Sendable () -> Timestamp

    /// The RFC advises less than a year; this one is made anew with each answer.
    private static let validity = Duration.days(180)

    @Sendable func show(_ request: Request, _ context: AppContext) throws -> Response {
        guard let contact else { throw ChatError.notFound("security contact") }
        let lines = [
            "Contact: \(contact)", "Expires: \((now() + Self.validity).iso8601)", "Preferred-Languages: en",
            publicURL.map { "Canonical: \($0)/.well-known/security.txt" },
        ]
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "max-age=86400"],
            body: .init(byteBuffer: .init(string: lines.compactMap(\.self).joined(separator: "\n") + "\n")))
    }
}
