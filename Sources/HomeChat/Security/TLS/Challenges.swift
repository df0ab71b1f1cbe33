import Cable
import Certificates
import Hummingbird
import NIOCore
import Synchronization

/// What a certificate authority finds when it looks whether a name is ours: over plain HTTP, or in the TLS handshake.
final class Challenges: Sendable {
    /// RFC 8555 §8.3.
    static let route = "/.well-known/acme-challenge/{token}"
    private let answers = Mutex<[String: String]>([:])

    fileprivate func keep(_ answer: String, for token: String) {
        answers.withLock { $0[token] = answer }
    }

    fileprivate func forget(_ token: String) {
        answers.withLock { _ = $0.removeValue(forKey: token) }
    }

    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        guard let token = context.parameters.get("token"), let answer = answers.withLock({ $0[token] }) else {
            throw ChatError.notFound("challenge")
        }
        return Response(
            status: .ok, headers: [.contentType: "application/octet-stream", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: answer)))
    }

    /// The same, for the client that asks for certificates.
    struct Solver: ChallengeSolver {
        let challenges: Challenges
        let source: TLSSource

        func present(token: String, keyAuthorization: String) async throws {
            challenges.keep(keyAuthorization, for: token)
        }

        func presentALPN(domain: String, certificate: ServerCertificate) async throws {
            try source.presentChallenge(
                for: domain, certificatePEM: Array(certificate.chainPEM.utf8), keyPEM: Array(certificate.keyPEM.utf8))
        }

        func remove(token: String, domain: String) async {
            challenges.forget(token)
            source.removeChallenge(for: domain)
        }
    }
}
