import Foundation
import Hummingbird

/// Which pages are our own.
struct Origins: Sendable {
    /// Origins that the operator named: public addresses, and others that may open the cable.
    let allowed: Set<String>

    /// Sent by a page of ours, as the browser itself says.
    func isOwn(_ request: Request, isSecure: Bool) -> Bool {
        if let origin = request.headers[.origin] {
            return isOwn(origin: origin, host: request.head.publicAuthority, isSecure: isSecure)
        }
        return request.headers[.secFetchSite] == "same-origin"
    }

    /// Sent by a page that is not ours. Programs that are no browser say nothing of it.
    func isForeign(_ request: Request, isSecure: Bool) -> Bool {
        if let origin = request.headers[.origin] {
            return !isOwn(origin: origin, host: request.head.publicAuthority, isSecure: isSecure)
        }
        guard let site = request.headers[.secFetchSite] else { return false }
        return site != "same-origin" && site != "none"
    }

    func isOwn(origin: String, host: String?, isSecure: Bool) -> Bool {
        if allowed.contains(origin.lowercased()) { return true }
        guard let host, !host.isEmpty else { return false }
        return origin.lowercased() == "\(isSecure ? "https" : "http")://\(host.lowercased())"
    }
}

extension Request {
    /// Somebody followed a link on a page that is not ours, or was sent here by it; browsers say so by themselves.
    var isFromElsewhere: Bool {
        let site = headers[.secFetchSite]
        return site == "cross-site" || site == "same-site"
    }
}
