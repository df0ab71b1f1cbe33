/// Which certificate authority is asked, and as whom.
public struct ACMESettings: Sendable, Hashable {
    public static let letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

    /// An https URL.
    public var directory: String
    /// Mail addresses that the authority may write to; may be empty.
    public var contact: [String]
    /// That the operator agreed to the authority's terms. Without it no account is made.
    public var agreesToTerms: Bool
    /// A PEM file with roots that are trusted beside the system's, for an authority of one's own.
    public var trustRoots: String?
    /// How to prove that a name is ours; the first at first, the next one after a failure.
    public var challenges: [ACMEChallenge.Kind]
    /// `name/version`, which RFC 8555 §6.1 asks for.
    public var userAgent: String

    public init(
        directory: String = Self.letsEncrypt, contact: [String] = [], agreesToTerms: Bool, trustRoots: String? = nil,
        challenges: [ACMEChallenge.Kind] = ACMEChallenge.Kind.allCases, userAgent: String
    ) {
        self.directory = directory
        self.contact = contact
        self.agreesToTerms = agreesToTerms
        self.trustRoots = trustRoots
        self.challenges = challenges
        self.userAgent = userAgent
    }
}

/// The server's side of a challenge. What was presented is answered from any connection until it is removed.
public protocol ChallengeSolver: Sendable {
    /// From now on `http://ANY-NAME/.well-known/acme-challenge/TOKEN` on port 80 answers with the key authorization,
    /// as `application/octet-stream`, also where plain HTTP is otherwise redirected (RFC 8555 §8.3).
    func present(token: String, keyAuthorization: String) async throws

    /// From now on a TLS client that offers exactly `acme-tls/1` and asks for `domain` is shown this certificate (RFC
    /// 8737 §3).
    func presentALPN(domain: String, certificate: ServerCertificate) async throws

    func remove(token: String, domain: String) async
}
