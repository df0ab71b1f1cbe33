import Foundation
import HTTPTypes
import NIOCore

@testable import HomeChat

extension FuzzTarget {
    /// One forwarding header a line. Whatever they say, an address comes out, and a stranger's word changes nothing.
    static let forwarded = FuzzTarget(name: "forwarded") { bytes in
        guard let proxies = try? TrustedProxies(["127.0.0.1", "::1", "10.0.0.0/8"]) else { return }
        var headers = HTTPFields()
        for line in text(bytes).split(separator: "\n", omittingEmptySubsequences: false).prefix(8) {
            headers.append(HTTPField(name: .xForwardedFor, value: String(line)))
            headers[.xForwardedProto] = String(line)
        }
        let believed = proxies.client(peer: "127.0.0.1", headers: headers)
        precondition(Network(believed.ip) != nil, "no address: \(believed.ip)")
        precondition(
            proxies.client(peer: "192.0.2.7", headers: headers) == ClientAddress(ip: "192.0.2.7", isSecure: false))
    }

    static let network = FuzzTarget(name: "network") { bytes in
        let parts = text(bytes).split(separator: "\n", maxSplits: 1).map(String.init)
        guard let first = parts.first, let network = Network(first) else { return }
        _ = network.contains(parts.last ?? "")
        if !first.contains("/") { precondition(network.contains(first), "\(first) does not hold itself") }
    }

    /// The first byte chooses the type; the rest is a body.
    static let fields = FuzzTarget(name: "fields") { bytes in
        guard let first = bytes.first else { return }
        let types = [
            "application/x-www-form-urlencoded", "application/json", nil, "text/plain; charset=utf-8",
            "multipart/form-data; boundary=x",
        ]
        var values: [String: JSONValue] = [:]
        try? RequestFields.parse(ByteBuffer(bytes: bytes.dropFirst()), type: types[Int(first) % types.count]) {
            values[$0] = $1
        }
        let fields = RequestFields(values)
        for name in values.keys {
            if let text = try? fields.string(name) { precondition(!text.utf8.contains(0)) }
            _ = try? fields.boolean(name)
            _ = try? fields.object(name)
            let id: Message.ID? = try? fields.id(name)
            if let id { precondition(id.value > 0) }
        }
        _ = try? NewAccount(fields)
    }

    /// `Authorization` and `X-API-Key`, a line each.
    static let bearer = FuzzTarget(name: "bearer") { bytes in
        let lines = text(bytes).split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let headers: HTTPFields = [.authorization: lines.first ?? "", .xAPIKey: lines.last ?? ""]
        if case .one(let secret) = BearerSecret(headers) { _ = SecretToken.hash(of: secret) }
        _ = CSRFToken(of: lines.first ?? "").matches(lines.last)
    }

    /// Where a form may send somebody: to a place of ours, as a browser would read it.
    static let returnTo = FuzzTarget(name: "return-to") { bytes in
        let path = text(bytes)
        for base in ["", "/chat"] {
            let address = Links(base: base).returning(to: path)
            precondition(address.hasPrefix("/") && !address.hasPrefix("//") && !address.hasPrefix("/\\"))
            precondition(address.utf8.allSatisfy { (0x21...0x7E).contains($0) })
        }
    }
}

extension FuzzTarget {
    /// The first bytes of a stranger's page. Whatever they are, what comes out is short, in one line, and steers nothing.
    static let page = FuzzTarget(name: "page") { bytes in
        let html = PageEncoding(of: bytes, sentAs: nil)?.utf8(bytes) ?? []
        let page = PageDescription(html: html)
        for (text, limit) in [
            (page.title, PageDescription.longestTitle), (page.summary, PageDescription.longestSummary),
            (page.site, PageDescription.longestSite),
        ] {
            precondition(text.count <= limit, "too long: \(text.count)")
            precondition(!text.unicodeScalars.contains(where: \.isUnprintable), "steers: \(text)")
        }
        precondition(PageDescription(html: html) == page)
    }
}
