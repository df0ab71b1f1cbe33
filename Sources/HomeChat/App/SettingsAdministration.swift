extension Settings {
    /// The door of the administration's own, where it has one.
    package struct Administration: Sendable {
        /// nil: it comes in where everything else does. 0: a port that is free.
        package var port: Int?
        /// nil: `localHost`.
        package var chosenHost: String?

        static let localHost = "127.0.0.1"

        package var host: String { chosenHost ?? Self.localHost }

        /// What never leaves this machine needs no TLS, and no certificate has its name.
        var isLocal: Bool { Network.isThisMachine(host) }
    }

    static let administrationEntries: [Setting] = [
        Setting(
            "admin.port", \.administration.port, .optional(.integer(0...65535)),
            "port that alone serves /admin, metrics and audit; unset: the main one"),
        Setting(
            "admin.host", \.administration.chosenHost, .optional(.text),
            "address for that port to listen on; \(Administration.localHost) if unset"),
    ]

    func speaksTLS(by door: Listeners.Door) -> Bool {
        switch door {
        case .main: speaksTLS
        case .plain: false
        case .administration: speaksTLS && !administration.isLocal
        }
    }

    /// Whether nothing is served over plain HTTP there.
    func forcesTLS(by door: Listeners.Door) -> Bool {
        switch door {
        case .main: forcesTLS
        case .plain: true
        case .administration: forcesTLS && !administration.isLocal
        }
    }

    func checkAdministration() throws(SettingsError) {
        guard let own = administration.port else {
            guard administration.chosenHost == nil else {
                throw SettingsError("admin.host", "is of no use without admin.port")
            }
            return
        }
        guard own == 0 || own != port && own != plainPort else {
            throw SettingsError("admin.port", "must not be a port that everybody comes in by, \(own)")
        }
    }
}
