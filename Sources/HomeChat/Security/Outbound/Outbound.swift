import AsyncHTTPClient
import Foundation
import NIOCore
import NIOSSL

/// Asks another server for something: its certificate is always checked, its name is resolved once and only what was checked
/// is connected to, redirects are not followed, and both time and size of the answer are bounded.
struct Outbound: Sendable {
    static let maximumBytes = 256 << 10
    static let connecting = TimeAmount.seconds(5)
    /// Not the whole list of a name that answers with thousands.
    static let maximumAddresses = 3

    /// Certificates in PEM form that are believed besides those of the system.
    var authorityFile: String?
    /// What a request with its whole answer may take.
    var limit = Duration.seconds(10)
    /// How long the other side may say nothing.
    var silence = Duration.seconds(5)
    var reach = Reach.named
    var lookUp: @Sendable (String) async throws -> [String] = NameLookUp.addresses(of:)

    /// Whose word an address is, and so how far it may lead. Nowhere does it lead to a machine's metadata.
    enum Reach: Sendable, Equatable {
        /// Of whoever runs the server, in its settings: anywhere, also in the house.
        case named
        /// Of somebody who uses it: to the internet, and to these networks, which an admin named for it.
        case outside(besides: [Network])
        /// As above, without TLS: these networks alone, since anywhere else others could read along.
        case inside([Network])

        /// - Parameter own: networks that this machine is part of.
        func allows(_ address: String, own: [Network]) -> Bool {
            guard OutboundAddresses.mayConnect(to: address) else { return false }
            switch self {
            case .named: return true
            case .outside(let networks):
                let isOutside = OutboundAddresses.isPublic(address) && !own.contains { $0.contains(address) }
                return isOutside || networks.contains { $0.contains(address) }
            case .inside(let networks): return networks.contains { $0.contains(address) }
            }
        }
    }

    struct Request: Sendable {
        let url: OutboundURL
        var headers: [(name: String, value: String)] = []
        /// With one it is a POST.
        var form: String?
        /// Likewise.
        var json: [UInt8]?
    }

    struct Answer: Sendable {
        let status: Int
        let body: [UInt8]
    }

    func send(_ request: Request) async throws(OutboundProblem) -> Answer {
        do {
            return try await exchange(request) { response in
                do {
                    let body = try await response.body.collect(upTo: Self.maximumBytes)
                    return Answer(status: Int(response.status.code), body: Array(buffer: body))
                } catch is NIOTooManyBytesError {
                    throw OutboundProblem.tooLong
                }
            }
        } catch let problem as OutboundProblem {
            throw problem
        } catch {
            throw .unreachable
        }
    }

    /// Hands the answer over as it comes.
    /// - Parameter read: bounds the bytes that it takes; what it throws is thrown.
    func exchange<Result: Sendable>(
        _ request: Request, _ read: @escaping @Sendable (HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        do {
            return try await withLimit { try await sendPinned(request, read) }
        } catch let error as HTTPClientError {
            throw error == .readTimeout ? OutboundProblem.tooSlow : .unreachable
        } catch is NIOSSLError {
            throw OutboundProblem.untrusted
        } catch is IOError {
            throw OutboundProblem.unreachable
        }
    }

    private func sendPinned<Result: Sendable>(
        _ request: Request, _ read: @Sendable (HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        let addresses = try await lookUp(request.url.host)
        let own = OutboundAddresses.ownNetworks()  // once, also for a name with thousands
        let allowed = addresses.filter { reach.allows($0, own: own) }.prefix(Self.maximumAddresses)
        guard !allowed.isEmpty else { throw addresses.isEmpty ? OutboundProblem.unknownName : .forbiddenAddress }
        var failure: any Error = OutboundProblem.unreachable
        for address in allowed {
            do {
                return try await send(request, to: address, read)
            } catch let error where Self.isUnconnected(error) {
                failure = error  // nothing was sent yet
            }
        }
        throw failure
    }

    private static func isUnconnected(_ error: any Error) -> Bool {
        if let error = error as? HTTPClientError { return error == .connectTimeout }
        return (error as? IOError).map { [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains($0.errnoCode) } ?? false
    }

    private func send<Result: Sendable>(
        _ request: Request, to address: String, _ read: @Sendable (HTTPClientResponse) async throws -> Result
    ) async throws -> Result {
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton, configuration: try configuration(host: request.url.host, address))
        do {
            let answer = try await read(try await client.execute(sent(request), deadline: .distantFuture))
            try? await client.shutdown()  // the answer is there
            return answer
        } catch {
            try? await client.shutdown()  // the reason to fail is the one above
            throw error
        }
    }

    private func configuration(host: String, _ address: String) throws -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let authorityFile {
            guard let authorities = try? NIOSSLCertificate.fromPEMFile(authorityFile) else {
                throw OutboundProblem.authorityFile
            }
            tls.additionalTrustRoots = [.certificates(authorities)]
        }
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: Self.connecting, read: .milliseconds(silence.milliseconds)),
            decompression: .disabled)
        configuration.httpVersion = .http1Only
        configuration.connectionPool.retryConnectionEstablishment = false
        if host != address { configuration.dnsOverride = [host: address] }
        return configuration
    }

    private func sent(_ request: Request) -> HTTPClientRequest {
        var sent = HTTPClientRequest(url: request.url.text)
        sent.headers.add(name: "User-Agent", value: "HomeChat/\(Version.current)")
        if !request.headers.contains(where: { $0.name == "Accept" }) {
            sent.headers.add(name: "Accept", value: "application/json")
        }
        for (name, value) in request.headers { sent.headers.add(name: name, value: value) }
        if let form = request.form {
            sent.method = .RAW(value: "POST")
            sent.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            sent.body = .bytes(Array(form.utf8))
        }
        if let json = request.json {
            sent.method = .RAW(value: "POST")
            sent.headers.add(name: "Content-Type", value: "application/json")
            sent.body = .bytes(json)
        }
        return sent
    }

    /// The client's own deadline ends with the head of the answer; a body that trickles would be waited for.
    private func withLimit<Result: Sendable>(
        _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Result.self) { group in
            group.addTask(operation: work)
            group.addTask {
                try await Task.sleep(for: limit)
                throw OutboundProblem.tooSlow
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }
}

/// Why there was no answer; in our words, since those of the other side are a stranger's.
enum OutboundProblem: Error, Equatable, CustomStringConvertible {
    case unknownName
    case forbiddenAddress
    case unreachable
    case untrusted
    case tooSlow
    case tooLong
    case authorityFile

    var description: String {
        switch self {
        case .unknownName: "its name has no address"
        case .forbiddenAddress: "its address is none that the server may connect to"
        case .unreachable: "it cannot be reached"
        case .untrusted: "its certificate is not trusted"
        case .tooSlow: "it took too long"
        case .tooLong: "its answer is too long"
        case .authorityFile: "the file with its authority cannot be read"
        }
    }
}
