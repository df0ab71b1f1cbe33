import Foundation
import HTTPTypes
import NIOCore

/// Where a request really comes from.
struct ClientAddress: Sendable, Equatable {
    let ip: String
    /// Over TLS: to us, or as a trusted proxy says.
    let isSecure: Bool
}

/// Which neighbours may speak for others. Their forwarding headers count, everybody else's are ignored, so that nobody can
/// choose the address that limits and logs will see.
struct TrustedProxies: Sendable {
    private let networks: [Network]

    init(_ texts: [String]) throws {
        networks = try texts.map {
            guard let network = Network($0) else {
                throw ChatError.invalid("trusted_proxies", "has no network in \"\($0)\"")
            }
            return network
        }
    }

    /// The right-most address that is not a trusted proxy itself.
    /// - Parameter isSecure: the connection to us is TLS.
    func client(peer: String?, isSecure: Bool = false, headers: HTTPFields) -> ClientAddress {
        guard let peer, isTrusted(peer) else { return ClientAddress(ip: peer ?? "unknown", isSecure: isSecure) }
        let hops = hops(headers)
        let ip = hops.last { !isTrusted($0) } ?? hops.first ?? peer
        let scheme = headers[.xForwardedProto]?.split(separator: ",").last?.trimmingCharacters(in: .whitespaces)
            .lowercased()
        return ClientAddress(
            ip: (try? SocketAddress(ipAddress: ip, port: 0)) == nil ? peer : ip,
            isSecure: scheme.map { $0 == "https" } ?? isSecure)
    }

    func isTrusted(_ ip: String) -> Bool {
        networks.contains { $0.contains(ip) }
    }

    /// What the headers claim, the client first. `X-Real-IP` counts where a proxy sends nothing else.
    func hops(_ headers: HTTPFields) -> [String] {
        let chain = headers[values: .xForwardedFor].flatMap { $0.split(separator: ",") }.map(Self.address)
        return chain.isEmpty ? headers[values: .xRealIP].suffix(1).map { Self.address($0[...]) } : chain
    }

    /// Some proxies add a port.
    private static func address(_ hop: Substring) -> String {
        let text = hop.trimmingCharacters(in: .whitespaces)
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return String(text[text.index(after: text.startIndex)..<end])
        }
        let colons = text.count { $0 == ":" }
        return colons == 1 ? String(text.prefix { $0 != ":" }) : text
    }
}

extension HTTPFields {
    /// By which a proxy says whom it speaks for.
    static let forwardingNames: [HTTPField.Name] = [
        .xForwardedFor, .xForwardedProto, .xForwardedHost, .xForwardedPort, .xRealIP, .forwarded,
        .xIngressPath,
    ]

    var hasForwarding: Bool { Self.forwardingNames.contains { contains($0) } }

    mutating func dropForwarding() {
        for name in Self.forwardingNames { self[name] = nil }
    }
}

extension HTTPField.Name {
    static let xForwardedFor = HTTPField.Name("X-Forwarded-For")!
    static let xForwardedProto = HTTPField.Name("X-Forwarded-Proto")!
    static let xForwardedHost = HTTPField.Name("X-Forwarded-Host")!
    static let xForwardedPort = HTTPField.Name("X-Forwarded-Port")!
    static let xRealIP = HTTPField.Name("X-Real-IP")!
    static let forwarded = HTTPField.Name("Forwarded")!
    static let xAPIKey = HTTPField.Name("X-API-Key")!
    static let xCSRFToken = HTTPField.Name("X-CSRF-Token")!
    static let xRequestID = HTTPField.Name("X-Request-Id")!
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
}
