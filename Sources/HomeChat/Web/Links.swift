import Foundation

/// Every URL of the page is made here, so that the base path is one value: that of this request.
struct Links: Sendable {
    /// The server's own: what is sent to everybody at once has it.
    let configured: String

    init(base: String) {
        configured = base
    }

    var base: String { Ingress.current?.prefix ?? configured }

    /// - Parameter path: from the server's own root, with its slash.
    func to(_ path: String) -> String { base + path }

    /// What `to` made of it; anything else as it is.
    func withoutBase(_ path: String) -> String {
        !base.isEmpty && path.hasPrefix(base + "/") ? String(path.dropFirst(base.count)) : path
    }

    var home: String { to("/") }
    var signIn: String { to("/signin") }
    var welcome: String { to("/welcome") }
    var channels: String { to("/channels") }

    func signIn(returningTo path: String) -> String { to("/signin?return_to=\(path.queryEscaped)") }
    func provider(returningTo path: String?) -> String {
        to("/signin/openid" + (path.map { "?return_to=\($0.queryEscaped)" } ?? ""))
    }
    func channel(_ id: Channel.ID) -> String { to("/channels/\(id)") }
    func members(of id: Channel.ID) -> String { to("/channels/\(id)/members") }
    func message(_ id: Message.ID, in channel: Channel.ID) -> String { to("/channels/\(channel)?message=\(id)") }
    func thread(_ root: Message.ID, in channel: Channel.ID) -> String { to("/channels/\(channel)?thread=\(root)") }
    func settings(_ tab: SettingsTab, done: String? = nil) -> String {
        to(tab.path) + (done.map { "?done=\($0)" } ?? "")
    }
    func admin(_ tab: AdminTab, done: String? = nil) -> String { to(tab.path) + (done.map { "?done=\($0)" } ?? "") }

    /// A place of ours that a form wants to come back to; anything else is home, so that nobody is sent elsewhere.
    func returning(to path: String?) -> String {
        guard let path, path.hasPrefix("/"), !path.hasPrefix("//"), !path.contains("\\"),
            path.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) })
        else { return home }
        return base.isEmpty || path.hasPrefix(base + "/") ? path : to(path)
    }
}

extension String {
    /// As one segment of a path, or a field of a form: all but what is never reserved (RFC 3986, 2.3).
    var pathEscaped: String { addingPercentEncoding(withAllowedCharacters: unreserved) ?? "" }

    /// As a value in a query.
    var queryEscaped: String { pathEscaped.replacing("%2F", with: "/") }
}

private let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
