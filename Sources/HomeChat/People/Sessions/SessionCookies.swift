import HTTPTypes
import Hummingbird

/// The session's cookie: out of reach for scripts, sent to us alone, and over TLS bound to it by its name.
struct SessionCookies: Sendable {
    let basePath: String

    /// `__Host-` needs the path `/`; below a base path `__Secure-` is the most there is. Plain HTTP knows neither.
    private func name(isSecure: Bool) -> String {
        guard isSecure else { return "homechat_session" }
        return basePath.isEmpty ? "__Host-homechat_session" : "__Secure-homechat_session"
    }

    private var path: String { basePath.isEmpty ? "/" : basePath }

    func secret(in request: Request, isSecure: Bool) -> String? {
        request.cookies[name(isSecure: isSecure)]?.value
    }

    func set(_ secret: String, on response: inout Response, isSecure: Bool) {
        let age = Session.longestPeriod.components.seconds
        response.headers.append(field("\(name(isSecure: isSecure))=\(secret)", age: age, isSecure: isSecure))
    }

    func clear(on response: inout Response, isSecure: Bool) {
        response.headers.append(field("\(name(isSecure: isSecure))=", age: 0, isSecure: isSecure))
    }

    private func field(_ pair: String, age: Int64, isSecure: Bool) -> HTTPField {
        let value = "\(pair); Path=\(path); Max-Age=\(age); HttpOnly; SameSite=Lax" + (isSecure ? "; Secure" : "")
        return HTTPField(name: .setCookie, value: value)
    }
}
