import HTTPTypes
import Hummingbird

/// The cookies of a browser: its session, and who signed in there before. Out of reach for scripts, sent to us alone, and
/// over TLS bound to us by their names.
struct SessionCookies: Sendable {
    private let links: Links

    init(basePath: String) {
        links = Links(base: basePath)
    }

    private var basePath: String { links.base }

    private static let session = "homechat_session"
    private static let device = "homechat_device"
    private static let attempt = "homechat_openid"

    /// `__Host-` needs the path `/`; below a base path `__Secure-` is the most there is. Plain HTTP knows neither.
    private func name(_ name: String, isSecure: Bool) -> String {
        guard isSecure else { return name }
        return basePath.isEmpty ? "__Host-\(name)" : "__Secure-\(name)"
    }

    private var path: String { basePath.isEmpty ? "/" : basePath }

    func secret(in request: Request, isSecure: Bool) -> String? {
        request.cookies[name(Self.session, isSecure: isSecure)]?.value
    }

    func set(_ secret: String, on response: inout Response, isSecure: Bool) {
        response.headers.append(field(Self.session, secret, age: Session.longestPeriod, isSecure: isSecure))
    }

    func clear(on response: inout Response, isSecure: Bool) {
        response.headers.append(field(Self.session, "", age: .zero, isSecure: isSecure))
    }

    /// Who signed in here before.
    func known(in request: Request, isSecure: Bool) -> KnownDevices {
        KnownDevices(cookie: request.cookies[name(Self.device, isSecure: isSecure)]?.value)
    }

    /// A new session in this browser, which from now on is known.
    func enter(_ signedIn: Accounts.SignedIn, on response: inout Response, isSecure: Bool) {
        set(signedIn.token, on: &response, isSecure: isSecure)
        response.headers.append(
            field(Self.device, signedIn.deviceCookie, age: KnownDevices.lifetime, isSecure: isSecure))
    }

    /// Of somebody who is at the OpenID provider. `Lax`: they come back by a link of another site.
    func attempt(in request: Request, isSecure: Bool) -> String? {
        request.cookies[name(Self.attempt, isSecure: isSecure)]?.value
    }

    func keepAttempt(_ attempt: String, on response: inout Response, isSecure: Bool) {
        response.headers.append(field(Self.attempt, attempt, age: OpenIDAttempt.lifetime, isSecure: isSecure))
    }

    func forgetAttempt(on response: inout Response, isSecure: Bool) {
        response.headers.append(field(Self.attempt, "", age: .zero, isSecure: isSecure))
    }

    private func field(_ name: String, _ value: String, age: Duration, isSecure: Bool) -> HTTPField {
        let pair = "\(self.name(name, isSecure: isSecure))=\(value)"
        let flags = "Path=\(path); Max-Age=\(age.components.seconds); HttpOnly; SameSite=Lax"
        return HTTPField(name: .setCookie, value: "\(pair); \(flags)" + (isSecure ? "; Secure" : ""))
    }
}

extension Device {
    /// A browser, with what it knows of who signed in there before.
    init(browser request: Request, _ context: AppContext, _ cookies: SessionCookies) {
        self.init(kind: .browser, request, context)
        known = cookies.known(in: request, isSecure: context.client.isSecure)
    }
}
