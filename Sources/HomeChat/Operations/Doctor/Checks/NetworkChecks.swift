import NIOCore
import NIOPosix

/// "Network Security" of the guide, as far as it can be seen without a request.
struct NetworkChecks: Sendable {
    let settings: Settings
    let rules: [RateRules.Line]
    let server: ServerProcess?

    func all() -> [DoctorCheck] { [network(), rates(), crossOrigin()] }

    private func network() -> DoctorCheck {
        let question = DoctorQuestion("private_network", "HomeChat on private network or VPN")
        let host = server?.host ?? settings.host
        let addresses = Self.addresses(of: host)
        let open = addresses.filter { !Network.isPrivate($0) }
        guard !addresses.isEmpty else { return question.unknown("\(host) is a name, not an address") }
        guard open.isEmpty else {
            return question.warn(
                "listens on \(host), which is \(open.joined(separator: ", ")) to the Internet",
                fix: "--host with a private address, behind a VPN or a proxy")
        }
        return question.pass("listens on \(host): \(addresses.joined(separator: ", ")), all private")
    }

    /// A wildcard is every address of the machine.
    private static func addresses(of host: String) -> [String] {
        if host == "localhost" { return ["127.0.0.1"] }
        guard host == "0.0.0.0" || host == "::" else { return Network(host) == nil ? [] : [host] }
        return ((try? System.enumerateDevices()) ?? []).compactMap { $0.address?.ipAddress }
    }

    private func rates() -> DoctorCheck {
        let question = DoctorQuestion("rate_limits", "Rate limiting configured")
        let off = rules.filter { $0.rule.limit == nil }
        guard off.isEmpty else {
            return question.fail(
                "off: \(off.map(\.scope.rawValue).joined(separator: ", "))", fix: "Administration, Limits")
        }
        let guide = rules.filter { [.login, .api, .message].contains($0.scope) }
        return question.pass(guide.map { "\($0.scope.rawValue) \($0.rule.text)" }.joined(separator: ", "))
    }

    private func crossOrigin() -> DoctorCheck {
        let question = DoctorQuestion("cors", "CORS properly configured")
        let origins = settings.crossOrigins + settings.allowedOrigins
        guard !origins.contains(where: { $0.contains("*") }) else {
            return question.fail(
                "every page of the web may call the API", fix: "name the origins in cors.allowed_origins")
        }
        return question.pass(origins.isEmpty ? "no other origin" : origins.joined(separator: ", "))
    }
}
