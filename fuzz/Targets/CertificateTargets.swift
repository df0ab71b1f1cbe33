import Foundation
import NIOCore

@testable import Cable
@testable import Certificates

extension FuzzTarget {
    /// Whatever a certificate authority answers. Only https is followed, and what is served or said of it is one line.
    static let acme = FuzzTarget(name: "acme") { bytes in
        if let directory = try? ACMEDirectory(json: bytes) {
            for url in [directory.newNonce, directory.newAccount, directory.newOrder] { requireSecure(url) }
        }
        if let order = try? ACMEOrder(json: bytes) {
            precondition(order.authorizations.count <= Bounds.names)
            for url in order.authorizations + [order.finalize] + [order.certificate].compactMap(\.self) {
                requireSecure(url)
            }
        }
        for challenge in (try? ACMEAuthorization(json: bytes))?.challenges ?? [] {
            requireSecure(challenge.url)
            guard let token = try? challenge.checkedToken else { continue }
            precondition(token.utf8.allSatisfy { $0 != 0x2F && $0 > 0x20 && $0 < 0x7F } && token != "..")
        }
        if let problem = try? ACMEProblem(json: bytes) {
            precondition(!"\(problem)".unicodeScalars.contains { $0.value < 0x20 }, "a log line of two lines")
        }
        if let wait = RetryAfter.seconds(text(bytes), now: Date(timeIntervalSince1970: 1_800_000_000)) {
            precondition(wait >= 0 && wait.isFinite)
        }
    }

    /// A chain as an authority sends it, or a person puts it into a file.
    static let pem = FuzzTarget(name: "pem") { bytes in
        if let chain = try? PEM.certificatesDER(bytes) { precondition(!chain.isEmpty) }
        _ = try? PEM.privateKey(bytes)
        _ = try? ServerCertificate(chainPEM: bytes, keyPEM: bytes)
    }

    static let dnsName = FuzzTarget(name: "dns-name") { bytes in
        if let name = try? DNSName(text(bytes)) {
            precondition(name.description.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2F })
        }
        if let address = IPAddress(text(bytes)) { precondition(IPAddress("\(address)") == address) }
        _ = try? HouseholdNames(text(bytes).split(separator: "\n").map(String.init))
    }

    /// The rest of a connection's first bytes changes nothing of what the first record said.
    static let clientHello = FuzzTarget(name: "client-hello") { bytes in
        let whole = ClientHello.read(ByteBuffer(bytes: bytes))
        guard case .complete(let hello) = whole else { return }
        precondition(ClientHello.read(ByteBuffer(bytes: bytes + [22, 3, 1])) == whole)
        // Byte by byte it is incomplete until it is what it is.
        for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 16)) {
            let part = ClientHello.read(ByteBuffer(bytes: bytes.prefix(count)))
            precondition(part == .incomplete || part == whole)
        }
        if let hello { precondition(hello.protocols.count <= bytes.count) }
    }

    private static func requireSecure(_ url: ACMEURL) {
        precondition(url.text.hasPrefix("https://"), "\(url.text) would be followed")
    }
}
