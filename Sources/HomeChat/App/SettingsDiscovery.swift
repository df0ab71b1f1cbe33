import Foundation

/// The add-on's words. mDNS never leaves the network at hand, so that all but one mean the same.
package enum DiscoveryMode: String, CaseIterable, Sendable {
    case auto, local, localOnly = "local_only", disabled
}

extension Settings {
    /// How the household's own network is told that there is a server.
    package struct Discovery: Sendable {
        package var isEnabled = true
        package var mode = DiscoveryMode.auto
        /// `nil`: "HomeChat on" this machine.
        package var serverName: String?
        /// `nil`: the one that is served.
        package var port: Int?
    }

    static let discoveryEntries: [Setting] = [
        Setting(
            "discovery.enabled", \.discovery.isEnabled, .boolean, "whether the network is told of this server by mDNS",
            environment: ["DISCOVERY_ENABLED"]),
        Setting(
            "discovery.mode", \.discovery.mode, .choice(DiscoveryMode.self),
            "disabled is off; the others mean the same",
            environment: ["DISCOVERY_MODE"]),
        Setting(
            "discovery.server_name", \.discovery.serverName, .optional(.serviceName),
            "name that devices show; \"HomeChat on\" the machine's name if unset",
            environment: ["DISCOVERY_SERVER_NAME"]),
        Setting(
            "discovery.port", \.discovery.port, .optional(.integer(1...65535)),
            "port that devices are told; the one that is served if unset", environment: ["DISCOVERY_PORT"]),
    ]

    /// Nobody else could use what only this machine reaches, unless a proxy's port was named. What an add-on says does not
    /// leave Docker's network.
    var isDiscoverable: Bool {
        discovery.isEnabled && discovery.mode != .disabled && !isAddOn
            && (discovery.port != nil || !Network.isThisMachine(host))
    }
}

extension SettingsKind where Value == String {
    /// A label of DNS-SD: any letters, 63 bytes (RFC 6763, 4.1.1).
    static let serviceName = SettingsKind(
        valueName: "TEXT",
        parse: { text throws(SettingsProblem) in
            let isPrintable = !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
            guard (1...Announcement.longestName).contains(text.utf8.count), isPrintable else {
                throw SettingsProblem("must have 1 to \(Announcement.longestName) bytes that can be printed")
            }
            return text
        }, describe: { $0 })
}
