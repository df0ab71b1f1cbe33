import AsyncHTTPClient
import Foundation
import NIOCore

/// Fetches what members link to. Their word leads nowhere but to the internet, and to networks that an admin named for it:
/// each name is resolved once and only what was looked at is connected to, on every hop anew.
struct PageFetcher: Sendable {
    static let maximumPageBytes = 512 << 10
    static let maximumImageBytes = 5 << 20
    static let maximumRedirects = 5
    /// For a page or a picture, with all its hops.
    static let patience = Duration.seconds(10)

    let networks: [Network]
    var outbound = Outbound()

    struct Page: Sendable {
        /// Where it was in the end.
        let url: URL
        let type: String
        /// How its letters were written when it came, where that was said.
        let charset: String?
        /// Of HTML always UTF-8.
        fileprivate(set) var bytes: [UInt8]

        var isHTML: Bool { type == "text/html" || type == "application/xhtml+xml" }
        var isPicture: Bool { type.hasPrefix("image/") }
    }

    enum Problem: Error, Equatable {
        case notAllowed, tooManyRedirects, noPage, tooSlow, tooLong
    }

    /// A page's head, or a picture that was linked to itself.
    func page(at address: String) async throws -> Page {
        var page = try await get(address, accepting: "text/html,application/xhtml+xml,image/*;q=0.5") { type in
            if type == "text/html" || type == "application/xhtml+xml" { return .head(Self.maximumPageBytes) }
            return type.hasPrefix("image/") ? .whole(Self.maximumImageBytes) : nil
        }
        guard page.isHTML else { return page }
        // Rather nothing than what nobody can read.
        guard let encoding = PageEncoding(of: page.bytes, sentAs: page.charset) else { throw Problem.noPage }
        page.bytes = encoding.utf8(page.bytes)
        return page
    }

    /// - Parameter address: perhaps relative to the page that names it.
    func picture(at address: String, on page: Page) async throws -> Page {
        guard let url = URL(string: address, relativeTo: page.url)?.absoluteString else { throw Problem.notAllowed }
        return try await get(url, accepting: "image/*") { type in
            type.hasPrefix("image/") ? .whole(Self.maximumImageBytes) : nil
        }
    }

    /// How much of an answer is wanted.
    private enum Portion {
        /// What comes after that is left.
        case head(Int)
        /// A longer one is none.
        case whole(Int)
    }

    private enum Step: Sendable {
        case arrived(type: String, charset: String?, bytes: [UInt8])
        case redirected(String)
    }

    private func get(
        _ address: String, accepting types: String, _ portion: @escaping @Sendable (String) -> Portion?
    ) async throws -> Page {
        let end = ContinuousClock.now + Self.patience
        var address = address
        for _ in 0...Self.maximumRedirects {
            guard let place = OutboundURL(address, allowsPlain: true), let url = URL(string: address) else {
                throw Problem.notAllowed
            }
            var outbound = outbound
            outbound.reach = reach(port: url.port)
            outbound.limit = end - .now
            guard outbound.limit > .zero else { throw Problem.tooSlow }
            var request = Outbound.Request(url: place)
            request.headers = [("Accept", types), ("Accept-Encoding", "identity")]
            switch try await outbound.exchange(request, { try await Self.read($0, portion) }) {
            case .arrived(let type, let charset, let bytes):
                return Page(url: url, type: type, charset: charset, bytes: bytes)
            case .redirected(let target):
                guard let next = URL(string: target, relativeTo: url)?.absoluteString else { throw Problem.notAllowed }
                address = String(next.prefix { $0 != "#" })
            }
        }
        throw Problem.tooManyRedirects
    }

    /// Doors other than the web's usual ones are for machines that an admin named.
    private func reach(port: Int?) -> Outbound.Reach {
        [nil, 80, 443].contains(port) ? .outside(besides: networks) : .inside(networks)
    }

    private static func read(
        _ response: HTTPClientResponse, _ portion: @Sendable (String) -> Portion?
    ) async throws -> Step {
        let status = Int(response.status.code)
        if [301, 302, 303, 307, 308].contains(status), let target = response.headers.first(name: "Location") {
            return .redirected(target)
        }
        let sentAs = response.headers.first(name: "Content-Type") ?? ""
        let type = sentAs.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        let charset = PageEncoding.charset(in: sentAs)
        let coding = response.headers.first(name: "Content-Encoding")?.lowercased() ?? "identity"
        guard status == 200, coding == "identity", let portion = portion(type) else { throw Problem.noPage }
        var bytes: [UInt8] = []
        for try await buffer in response.body {
            bytes += buffer.readableBytesView
            switch portion {
            case .head(let limit) where bytes.count >= limit:
                return .arrived(type: type, charset: charset, bytes: Array(bytes.prefix(limit)))
            case .whole(let limit) where bytes.count > limit: throw Problem.tooLong
            default: break
            }
        }
        return .arrived(type: type, charset: charset, bytes: bytes)
    }
}
