import NIOSSL
import Synchronization

/// The certificate that new connections are shown. Can be replaced while connections are open: those keep theirs.
public final class TLSSource: Sendable {
    private struct State {
        var context: NIOSSLContext
        /// By name in lower case (RFC 8737).
        var challenges: [String: NIOSSLContext] = [:]
    }

    private let state: Mutex<State>

    /// - Parameter certificateChainPEM: the server's own certificate first, then the intermediate ones.
    /// - Throws: if one cannot be read, or the key does not belong to the certificate.
    public init(certificateChainPEM: [UInt8], keyPEM: [UInt8]) throws {
        state = Mutex(State(context: try Self.serving(certificateChainPEM, keyPEM)))
    }

    /// If it throws, the certificate in use stays.
    public func replace(certificateChainPEM: [UInt8], keyPEM: [UInt8]) throws {
        let context = try Self.serving(certificateChainPEM, keyPEM)
        state.withLock { $0.context = context }
    }

    /// Shown to whoever asks for the domain with the ALPN protocol `acme-tls/1`, and to nobody else.
    public func presentChallenge(for domain: String, certificatePEM: [UInt8], keyPEM: [UInt8]) throws {
        let context = try Self.context(certificatePEM, keyPEM, protocols: [ApplicationProtocol.challenge])
        state.withLock { $0.challenges[domain.lowercased()] = context }
    }

    public func removeChallenge(for domain: String) {
        _ = state.withLock { $0.challenges.removeValue(forKey: domain.lowercased()) }
    }

    /// - Parameter hello: nil if it could not be read: then nobody is validating us.
    func context(for hello: ClientHello?) -> NIOSSLContext {
        state.withLock { state in
            guard let hello, hello.protocols.contains(ApplicationProtocol.challenge), let name = hello.serverName,
                let challenge = state.challenges[name.lowercased()]
            else { return state.context }
            return challenge
        }
    }

    /// What the library would use, without SHA-1.
    private static let signatures: [SignatureAlgorithm] = [
        .ed25519, .ecdsaSecp256R1Sha256, .rsaPssRsaeSha256, .rsaPkcs1Sha256, .ecdsaSecp384R1Sha384, .rsaPssRsaeSha384,
        .rsaPkcs1Sha384, .ecdsaSecp521R1Sha512, .rsaPssRsaeSha512, .rsaPkcs1Sha512,
    ]

    private static func serving(_ certificateChainPEM: [UInt8], _ keyPEM: [UInt8]) throws -> NIOSSLContext {
        try context(
            certificateChainPEM, keyPEM, protocols: [ApplicationProtocol.http2, ApplicationProtocol.http1])
    }

    private static func context(
        _ certificateChainPEM: [UInt8], _ keyPEM: [UInt8], protocols: [String]
    ) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMBytes(certificateChainPEM)
        let key = try NIOSSLPrivateKey(bytes: keyPEM, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        // Of TLS 1.2 only: TLS 1.3 brings its own.
        configuration.cipherSuites = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
        configuration.curves = [.x25519, .secp256r1, .secp384r1]
        configuration.signingSignatureAlgorithms = signatures
        configuration.applicationProtocols = protocols
        configuration.shutdownTimeout = .seconds(2)
        return try NIOSSLContext(configuration: configuration)
    }
}

/// Names in the TLS extension ALPN (RFC 7301).
enum ApplicationProtocol {
    static let http1 = "http/1.1"
    static let http2 = "h2"
    static let challenge = "acme-tls/1"
}
