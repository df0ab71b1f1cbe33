import Foundation
import NIOSSL

extension Settings {
    /// The one OpenID provider that people may sign in through.
    package struct OpenID: Sendable {
        /// As the provider spells it, to the letter; `nil`: there is none.
        package var issuer: String?
        package var clientID: String?
        package var clientSecret: String?
        package var name: String?
        package var scopes = ["openid", "profile", "email"]
        package var authorityFile: String?
        package var usernameClaim = "preferred_username"
        package var accounts = OpenIDAccounts.create
        /// Empty: any.
        package var allowedDomains: [String] = []
        package var asksSecondFactor = false
    }

    static let openIDEntries: [Setting] = [
        Setting(
            "openid.issuer", \.openID.issuer, .optional(.issuer),
            "OpenID Connect provider to sign in through, exactly as it names itself"),
        Setting("openid.client_id", \.openID.clientID, .optional(.text), "what the provider calls this server"),
        Setting(
            "openid.client_secret", \.openID.clientSecret, .optional(.secret),
            "what the provider knows it by; unset for a public client", isSecret: true),
        Setting("openid.name", \.openID.name, .optional(.name), "what the button calls the provider"),
        Setting("openid.scopes", \.openID.scopes, .list(.text), "what the provider is asked for"),
        Setting(
            "openid.ca_file", \.openID.authorityFile, .optional(.path),
            "certificate of a private authority that signed the provider's"),
        Setting(
            "openid.username_claim", \.openID.usernameClaim, .text, "claim that a new account takes its user name from"
        ),
        Setting(
            "openid.accounts", \.openID.accounts, .choice(OpenIDAccounts.self),
            "strangers: make an account as sign-ups allow, or only connected ones"),
        Setting(
            "openid.allowed_domains", \.openID.allowedDomains, .list(.hostName),
            "domains of verified e-mail addresses that are let in; empty: any"),
        Setting(
            "openid.second_factor", \.openID.asksSecondFactor, .boolean,
            "whether our own second step is asked for as well"),
    ]

    /// - Throws: where the settings of the provider do not go together, or name a file that cannot be used.
    func checkOpenID() throws(SettingsError) {
        guard openID.issuer != nil else {
            guard openID.clientID == nil, openID.clientSecret == nil, openID.allowedDomains.isEmpty else {
                throw SettingsError("openid.issuer", "is missing, and other settings of the provider are there")
            }
            return
        }
        guard openID.clientID != nil else { throw SettingsError("openid.client_id", "is needed with openid.issuer") }
        guard !publicURLs.isEmpty else {
            throw SettingsError("public_url", "is needed with openid.issuer: the provider sends people back to it")
        }
        guard openID.scopes.contains("openid") else {
            throw SettingsError("openid.scopes", "must have openid among them")
        }
        guard openID.allowedDomains.isEmpty || openID.scopes.contains("email") else {
            throw SettingsError("openid.allowed_domains", "needs email among openid.scopes")
        }
        if let path = openID.authorityFile, (try? NIOSSLCertificate.fromPEMFile(path))?.isEmpty != false {
            throw SettingsError("openid.ca_file", "must be a file with certificates in PEM form")
        }
    }
}

/// What becomes of people whom the provider knows, and nobody here.
package enum OpenIDAccounts: String, CaseIterable, Sendable {
    /// They get an account, where the sign-up mode lets them.
    case create
    /// They stay out. An account comes first, and connects itself.
    case link
}

extension SettingsKind where Value == String {
    /// Kept as it is: a slash more or less is another issuer (OpenID Connect Discovery 1.0, 4.3).
    static let issuer = SettingsKind(
        valueName: "URL",
        parse: { text throws(SettingsProblem) in
            guard OutboundURL(text) != nil, !text.contains("?") else {
                throw SettingsProblem("must be an address like https://id.example.org; http only on this machine")
            }
            return text
        }, describe: { $0 })
}
