import AsyncHTTPClient
import Foundation
import NIOCore
import NIOSSL

/// What the certificate authority answered, within bounds.
struct ACMEAnswer: Sendable {
    let status: Int
    let location: String?
    let nonce: String?
    /// Seconds.
    let retryAfter: Double?
    let body: [UInt8]
}

/// HTTPS to a certificate authority. Its certificate is always checked; redirects are not followed.
struct ACMEConnection: Sendable {
    static let timeout = Duration.seconds(60)
    static let connecting = TimeAmount.seconds(15)
    static let silence = TimeAmount.seconds(30)

    private let client: HTTPClient
    private let agent: String
    private let limit: Duration
    private let now: @Sendable () -> Date

    /// - Parameter limit: what a request with its whole answer may take.
    init(
        settings: ACMESettings, limit: Duration = Self.timeout, now: @escaping @Sendable () -> Date
    ) throws(CertificatesError) {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let path = settings.trustRoots {
            tls.additionalTrustRoots = [.certificates(try Self.roots(path))]
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: Self.connecting, read: Self.silence), decompression: .disabled)
        configuration.httpVersion = .http1Only
        // Who asks decides when to ask again.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        agent = settings.userAgent
        self.limit = limit
        self.now = now
    }

    func close() async {
        try? await client.shutdown()  // fails only where it is closed
    }

    func send(
        _ method: Method, _ url: ACMEURL, body: [UInt8]? = nil, accept: String = "application/json"
    ) async throws -> ACMEAnswer {
        var request = HTTPClientRequest(url: url.text)
        request.method = .RAW(value: method.rawValue)
        request.headers.add(name: "User-Agent", value: agent)
        request.headers.add(name: "Accept", value: accept)
        if let body {
            request.headers.add(name: "Content-Type", value: "application/jose+json")
            request.body = .bytes(body)
        }
        do {
            return try await withLimit { [request] in try await answer(to: request) }
        } catch let error as CertificatesError {
            throw error
        } catch {
            try Task.checkCancellation()
            throw CertificatesError.unreachable(
                "\(URL(string: url.text)?.host ?? url.text): \(Bounds.line("\(error)"))")
        }
    }

    enum Method: String {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
    }

    private func answer(to request: HTTPClientRequest) async throws -> ACMEAnswer {
        let response = try await client.execute(request, deadline: .distantFuture)
        let body: ByteBuffer
        do {
            body = try await response.body.collect(upTo: Bounds.bytes)
        } catch is NIOTooManyBytesError {
            throw CertificatesError.answer("it is longer than \(Bounds.bytes) bytes")
        }
        let headers = response.headers
        return ACMEAnswer(
            status: Int(response.status.code), location: headers.first(name: "Location"),
            nonce: headers.first(name: "Replay-Nonce"),
            retryAfter: headers.first(name: "Retry-After").flatMap { RetryAfter.seconds($0, now: now()) },
            body: Array(buffer: body))
    }

    /// The client's own deadline ends with the head of the answer; a body that trickles would be waited for.
    private func withLimit(_ body: @escaping @Sendable () async throws -> ACMEAnswer) async throws -> ACMEAnswer {
        try await withThrowingTaskGroup(of: ACMEAnswer.self) { group in
            group.addTask(operation: body)
            group.addTask {
                try await Task.sleep(for: limit)
                throw CertificatesError.unreachable("no answer within \(limit.components.seconds) s")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }

    private static func roots(_ path: String) throws(CertificatesError) -> [NIOSSLCertificate] {
        do {
            return try NIOSSLCertificate.fromPEMBytes(PrivateFile.read(path, secret: false))
        } catch let error as CertificatesError {
            throw error
        } catch {
            throw .file(path, reason: "there is no certificate in PEM form")
        }
    }
}
