import Certificates
import Foundation
import Hummingbird

/// Where a device learns to trust the household's own authority. Public, and in the clear too: the device cannot have a
/// secure connection before.
struct TrustPages: Sendable {
    let pages: Pages
    let listeners: Listeners
    let settings: Settings

    enum Route: String, CaseIterable {
        case page = "/trust"
        case check = "/trust/check"
        case certificate = "/trust/authority.crt"
        case text = "/trust/authority.pem"
        case profile = "/trust/homechat.mobileconfig"

        var path: RouterPath { RouterPath(rawValue) }
    }

    private struct Trust: PageContent {
        static let template = "site/trust"
        let title = "Trust this server"
        let authorityTitle: String
        let fingerprint: String
        let until: String
        /// The chat, over TLS.
        let secureAddress: String
        let isSecure: Bool
        let code: CodeView?
        let kinds: [KindView]
    }

    /// For a device with a camera: where this page is on it.
    private struct CodeView: View {
        let address: String
        let viewBox: String
        let path: String
    }

    private struct KindView: View {
        let name: String
        let isOpen: Bool
        let isApple: Bool
        let isAndroid: Bool
        let isWindows: Bool
        let isMac: Bool
        let isLinux: Bool

        init(_ kind: DeviceKind, _ own: DeviceKind?) {
            name = kind.rawValue
            isOpen = kind == own
            (isApple, isAndroid, isWindows) = (kind == .apple, kind == .android, kind == .windows)
            (isMac, isLinux) = (kind == .mac, kind == .linux)
        }
    }

    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        let authority = try authority()
        let asked = request.head.publicAuthority ?? "localhost"
        let secure = (listeners.secureOrigin(for: asked) ?? "https://\(asked)") + pages.links.base
        let own = DeviceKind(userAgent: request.headers[.userAgent] ?? "")
        return try await pages.showCard(
            Trust(
                authorityTitle: authority.title, fingerprint: authority.fingerprint,
                until: String(authority.notAfter.formatted(.iso8601).prefix(10)), secureAddress: secure,
                isSecure: context.client.isSecure, code: try code(asked: asked),
                kinds: DeviceKind.allCases.map { KindView($0, own) }),
            request, context)
    }

    /// Whoever can read the answer trusts the certificate that came with it. Our own page in the clear may ask; to others it
    /// is not even told that we are here.
    @Sendable func check(_ request: Request, _ context: AppContext) async throws -> Response {
        var response = try JSONBody.response(["secure": context.client.isSecure])
        response.headers.vary(by: "Origin")
        if let origin = request.headers[.origin], listeners.isPlainOrigin(origin) {
            response.headers[.accessControlAllowOrigin] = origin
        }
        return response
    }

    /// DER, which Windows, Android and macOS open.
    @Sendable func certificate(_ request: Request, _ context: AppContext) async throws -> Response {
        file(try authority().der, type: "application/x-x509-ca-cert", name: "homechat-authority.crt")
    }

    @Sendable func text(_ request: Request, _ context: AppContext) async throws -> Response {
        file(Array(try authority().pem.utf8), type: "application/x-pem-file", name: "homechat-authority.pem")
    }

    @Sendable func profile(_ request: Request, _ context: AppContext) async throws -> Response {
        let household = try await pages.site.settings().siteName
        return file(
            try authority().appleProfile(organization: household), type: "application/x-apple-aspen-config",
            name: "homechat.mobileconfig")
    }

    private func authority() throws -> LocalAuthority {
        guard let authority = listeners.authority else { throw ChatError.notFound("authority") }
        return authority
    }

    private func file(_ bytes: [UInt8], type: String, name: String) -> Response {
        .attachment(name, type: type, ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private func code(asked: String) throws -> CodeView? {
        guard let address = phoneAddress(asked: asked) else { return nil }
        let code = try QRCode(address)
        return CodeView(address: address, viewBox: code.viewBox, path: code.path)
    }

    /// Where another device in the house finds this page; nil where none can. An address rather than a name where there is
    /// one: browsers that once trusted us go to names by https alone (RFC 6797), and would find no way back.
    private func phoneAddress(asked: String) -> String? {
        let door: Listeners.Door = settings.plainPort == nil ? .main : .plain
        guard let address = listeners.address(of: door), let port = address.port, let ip = address.ipAddress,
            !Network.isThisMachine(ip), let host = reachableHost(asked: asked, listening: ip)
        else { return nil }
        let isStandard = port == (door == .plain ? 80 : 443)
        let authority = (host.contains(":") ? "[\(host)]" : host) + (isStandard ? "" : ":\(port)")
        return "\(door == .plain ? "http" : "https")://\(authority)\(pages.links.base)/trust"
    }

    private func reachableHost(asked: String, listening: String) -> String? {
        let isAnywhere = listening == "0.0.0.0" || listening == "::"
        guard isAnywhere else { return listening }
        let name = HostRules.withoutPort(asked).trimmingCharacters(in: ["[", "]"])
        let told = settings.toldNames
        let certified = listeners.certificate?.names ?? []
        let known = ([name] + told + certified).filter {
            (told + certified).contains($0) && !Network.isThisMachine($0)
        }
        return known.first { Network($0) != nil } ?? known.first
    }
}

/// What somebody holds in their hands, as its browser says.
enum DeviceKind: String, CaseIterable, Sendable {
    case apple = "iPhone and iPad"
    case android = "Android"
    case windows = "Windows"
    case mac = "Mac"
    case linux = "Linux"

    /// An iPad says that it is a Mac.
    init?(userAgent: String) {
        let kinds: [(String, DeviceKind)] = [
            ("iPhone", .apple), ("iPad", .apple), ("Android", .android), ("Windows", .windows), ("Macintosh", .mac),
            ("Linux", .linux),
        ]
        guard let found = kinds.first(where: { userAgent.contains($0.0) }) else { return nil }
        self = found.1
    }
}
