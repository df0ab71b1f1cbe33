import Certificates
import Foundation

/// Where the certificate comes from that this server itself shows.
package enum TLSMode: String, CaseIterable, Sendable {
    /// Plain HTTP: this machine alone, or a proxy in front that speaks TLS.
    case off
    /// The operator's own files.
    case files
    /// By itself, from a public authority.
    case acme
    /// From an authority of the household's own.
    case local
}

/// How an authority finds out that a name is ours; `any` begins with the first and tries the other after a failure.
package enum TLSChallenge: String, CaseIterable, Sendable {
    case any
    case http = "http-01"
    case alpn = "tls-alpn-01"
}

extension Settings {
    package struct TLS: Sendable {
        /// `nil`: `files` where files are named, else `off`.
        package var chosenMode: TLSMode?
        /// The older word for the same choice.
        package var isAsked: Bool?
        package var certificateFile: String?
        package var keyFile: String?
        /// Beside those of `public_url`.
        package var names: [String] = []
        package var plainPort = PlainPort.automatic
        package var acme = ACME()

        package var mode: TLSMode {
            chosenMode ?? (certificateFile != nil && isAsked != false || isAsked == true ? .files : .off)
        }
    }

    package struct ACME: Sendable {
        package var directory = ACMESettings.letsEncrypt
        package var contact: [String] = []
        /// Empty: those of `public_url`.
        package var names: [String] = []
        package var agreesToTerms = false
        package var authorityFile: String?
        package var challenge = TLSChallenge.any
    }

    /// The second port, for what comes without TLS.
    package enum PlainPort: Sendable, Equatable {
        case automatic
        case off
        case number(Int)
    }

    static let transport: [Setting] = [
        Setting(
            "tls.mode", \.tls.chosenMode, .optional(.choice(TLSMode.self)),
            "whose certificate is shown; in short tls: local", shorthand: "tls"),
        Setting("ssl", \.tls.isAsked, .optional(.boolean), "older word: true is tls: files, false is tls: off"),
        Setting(
            "tls.cert_file", \.tls.certificateFile, .optional(.path), "tls: files: the chain in PEM form, ours first",
            olderName: "certfile"),
        Setting(
            "tls.key_file", \.tls.keyFile, .optional(.path), "tls: files: its key in PEM form, mode 0600",
            olderName: "keyfile"),
        Setting(
            "tls.names", \.tls.names, .list(.hostName), "tls: local: names and addresses beside this machine's own"),
        Setting(
            "tls.http_port", \.tls.plainPort, .plainPort,
            "leads plain HTTP to https; automatic: 80 beside 443, local: port + 1"),
        Setting(
            "tls.acme.directory", \.tls.acme.directory, .secureAddress, "tls: acme: the certificate authority's address"
        ),
        Setting("tls.acme.names", \.tls.acme.names, .list(.hostName), "tls: acme: host names, if not of public_url"),
        Setting("tls.acme.contact", \.tls.acme.contact, .list(.email), "tls: acme: mail addresses it may write to"),
        Setting(
            "tls.acme.agree_to_terms", \.tls.acme.agreesToTerms, .boolean,
            "tls: acme: that you agree to the authority's terms"),
        Setting(
            "tls.acme.challenge", \.tls.acme.challenge, .choice(TLSChallenge.self), "tls: acme: how names are proved"),
        Setting(
            "tls.acme.ca_file", \.tls.acme.authorityFile, .optional(.path),
            "tls: acme: who signed the address of a private authority"),
    ]
}

extension Settings {
    var speaksTLS: Bool { tls.mode != .off }

    /// `nil`: there is none. 0: one that is free.
    package var plainPort: Int? {
        switch tls.plainPort {
        case .off: nil
        case .number(let port): port
        case .automatic where !speaksTLS: nil
        case .automatic where port == 443: 80
        case .automatic where tls.mode == .local: port == 0 ? 0 : min(port + 1, 65535)
        case .automatic: nil
        }
    }

    /// The host names of `public_url`, without ports.
    var publicHosts: [String] {
        publicURLs.compactMap { URLComponents(string: $0)?.host?.trimmingCharacters(in: ["[", "]"]) }
    }

    /// What a public authority is asked for.
    var acmeNames: [String] { Self.unique(tls.acme.names.isEmpty ? publicHosts : tls.acme.names) }

    /// Names of this server that the operator told, in the order in which they count.
    var toldNames: [String] { Self.unique(publicHosts + acmeNames + tls.names) }

    private static func unique(_ names: [String]) -> [String] {
        names.enumerated().filter { !names[..<$0.offset].contains($0.element) }.map(\.element)
    }

    /// What one setting of these alone cannot tell.
    func checkTLS() throws(SettingsError) {
        let mode = tls.mode
        if let isAsked = tls.isAsked, let chosen = tls.chosenMode, isAsked != (chosen != .off) {
            throw SettingsError("ssl", "\(isAsked) contradicts tls: \(chosen.rawValue)")
        }
        switch mode {
        case .off: break
        case .files: _ = try certificateFiles()
        case .acme: try checkACME()
        case .local:
            do { _ = try HouseholdNames(toldNames) } catch { throw SettingsError("tls.names", "\(error)") }
        }
        for (name, file) in [("tls.cert_file", tls.certificateFile), ("tls.key_file", tls.keyFile)]
        where file != nil && mode != .files {
            throw SettingsError(name, "is of no use without tls: files")
        }
        try checkPlainPort()
    }

    /// Of `tls: files`.
    func certificateFiles() throws(SettingsError) -> CertificateFiles {
        func named(_ name: String, _ file: String?) throws(SettingsError) -> String {
            guard let file else { throw SettingsError(name, "is missing, and tls: files needs it") }
            return file
        }
        return CertificateFiles(
            certificate: try named("tls.cert_file", tls.certificateFile), key: try named("tls.key_file", tls.keyFile))
    }

    private func checkACME() throws(SettingsError) {
        guard !acmeNames.isEmpty else {
            throw SettingsError("tls.acme.names", "is missing: tls: acme needs host names, here or in public_url")
        }
        for name in acmeNames {
            do { _ = try DNSName(name) } catch { throw SettingsError("tls.acme.names", "\(error)") }
        }
        guard tls.acme.agreesToTerms else {
            throw SettingsError(
                "tls.acme.agree_to_terms",
                "must be true: read the terms of the certificate authority (https://letsencrypt.org/repository) first")
        }
        guard tls.acme.challenge != .http || plainPort != nil else {
            throw SettingsError("tls.acme.challenge", "http-01 needs tls.http_port")
        }
    }

    private func checkPlainPort() throws(SettingsError) {
        guard case .number(let plain) = tls.plainPort else { return }
        guard speaksTLS else { throw SettingsError("tls.http_port", "is of no use while tls is off") }
        guard plain != port || port == 0 else {
            throw SettingsError("tls.http_port", "must not be the port of https, \(port)")
        }
    }
}

extension SettingsKind where Value == Settings.PlainPort {
    static let plainPort = SettingsKind(
        valueName: "NUMBER|off",
        parse: { text throws(SettingsProblem) in
            switch text.lowercased() {
            case "automatic": return .automatic
            case "off", "false": return .off
            default: break
            }
            guard let number = Int(text), (0...65535).contains(number) else {
                throw SettingsProblem("must be a port from 0 to 65535, automatic, or off")
            }
            return .number(number)
        },
        describe: {
            switch $0 {
            case .automatic: "automatic"
            case .off: "off"
            case .number(let port): String(port)
            }
        })
}

extension SettingsKind where Value == String {
    /// With a path, unlike an origin.
    static let secureAddress = SettingsKind(
        valueName: "URL",
        parse: { text throws(SettingsProblem) in
            guard let url = URL(string: text), url.scheme == "https", url.host?.isEmpty == false, url.user == nil,
                text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
            else { throw SettingsProblem("must be an address like \(ACMESettings.letsEncrypt)") }
            return text
        }, describe: { $0 })
}
