import Foundation

/// What `X-XSS-Protection` says; `block` is the guide's `1; mode=block`.
package enum XSSProtection: String, CaseIterable, Sendable {
    case block
    case off = "0"

    var header: String { self == .block ? "1; mode=block" : "0" }
}

extension Settings {
    /// Who is let in, and what answers say to browsers.
    static let security: [Setting] = [
        Setting("allowed_hosts", \.allowedHosts, .list(.hostName), "names that the server answers to; empty: any"),
        Setting(
            "cors.allowed_origins", \.crossOrigins, .list(.corsOrigin),
            "other origins whose scripts may call the API with a token"),
        Setting("tls.force", \.forcesTLS, .boolean, "whether plain HTTP is sent to https, and refused by the API"),
        Setting(
            "security.contact", \.securityContact, .optional(.contact),
            "for /.well-known/security.txt: mailto:…, tel:… or https://…"),
        Setting(
            "headers.xss_protection", \.headers.xssProtection, .choice(XSSProtection.self),
            "X-XSS-Protection: \"1; mode=block\", or 0, as modern advice is"),
        Setting(
            "headers.hsts_include_subdomains", \.headers.includesSubdomains, .boolean,
            "whether HSTS covers the names below this one"),
        Setting(
            "headers.hsts_preload", \.headers.preloads, .boolean,
            "whether browsers may ship the name as one for https only"),
    ]

    /// What one setting alone cannot tell.
    func checkTogether() throws(SettingsError) {
        guard !headers.preloads || headers.includesSubdomains else {
            throw SettingsError("headers.hsts_preload", "needs headers.hsts_include_subdomains")
        }
    }
}

extension SettingsKind where Value == String {
    /// `chat.example.org`, kept in lower case; a port makes no difference.
    static let hostName = SettingsKind(
        valueName: "NAME",
        parse: { text throws(SettingsProblem) in
            let isAddress = Network(text) != nil && !text.contains("/")
            guard isAddress || text.wholeMatch(of: /[A-Za-z0-9]([A-Za-z0-9.\-]*[A-Za-z0-9])?/) != nil else {
                throw SettingsProblem("must be a name like chat.example.org, without a port")
            }
            return text.lowercased()
        }, describe: { $0 })

    static let corsOrigin = SettingsKind(
        valueName: "URL",
        parse: { text throws(SettingsProblem) in
            guard text != "*" else { throw SettingsProblem("must name each origin; everybody is nobody's choice") }
            guard text != "null" else { throw SettingsProblem("must name origins; null is any sandboxed page") }
            return try origin.parse(text)
        }, describe: { $0 })

    static let contact = SettingsKind(
        valueName: "URI",
        parse: { text throws(SettingsProblem) in
            let isFit = ["mailto:", "tel:", "https://"].contains { text.hasPrefix($0) && text.count > $0.count }
            guard isFit, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw SettingsProblem("must be an address like mailto:ana@example.org or https://example.org/contact")
            }
            return text
        }, describe: { $0 })
}
