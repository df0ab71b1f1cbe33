import NIOCore

/// Closes the race for the first account, which is the admin's, on a server that strangers can reach.
package struct SetUpGate: Sendable {
    /// nil: nobody but the household can reach the first run.
    let secret: String?
    /// Made here, so somebody has to be told.
    let isGenerated: Bool

    var generated: String? { isGenerated ? secret : nil }

    /// The operator's secret, or a new one where the server listens on a public address.
    static func choose(_ settings: Settings) -> SetUpGate {
        if let secret = settings.setupSecret { return SetUpGate(secret: secret, isGenerated: false) }
        let hosts = [settings.host] + (settings.administration.port == nil ? [] : [settings.administration.host])
        guard hosts.contains(where: isPublic) else { return SetUpGate(secret: nil, isGenerated: false) }
        var random = SystemRandomNumberGenerator()
        let secret = String(SecretToken.session(using: &random).text.prefix(20))
        return SetUpGate(secret: secret, isGenerated: true)
    }

    func require(_ given: String?) throws {
        guard let secret else { return }
        guard let given, isEqual(Array(given.utf8), Array(secret.utf8)) else {
            throw ChatError.forbidden("the set-up secret is wrong; the data directory has it in setup-secret")
        }
    }

    /// A wildcard is as public as the most public address of the machine.
    private static func isPublic(_ host: String) -> Bool {
        guard host == "0.0.0.0" || host == "::" else { return !Network.isPrivate(host) }
        let own = (try? System.enumerateDevices())?.compactMap { $0.address?.ipAddress } ?? []
        return own.contains { !Network.isPrivate($0) }
    }
}
