import Foundation

@testable import HomeChat

extension FuzzTarget {
    /// The first byte chooses a directive. What is accepted cannot end it, begin another, or allow inline scripts.
    static let contentSecurityPolicy = FuzzTarget(name: "csp") { bytes in
        let directives = ["default-src", "script-src", "style-src", "img-src", "connect-src", "frame-ancestors"]
        guard let first = bytes.first else { return }
        let directive = directives[Int(first) % directives.count]
        guard let sources = try? SettingsKind.sources(directive).parse(text(Array(bytes.dropFirst()))) else { return }
        let value = sources.joined(separator: " ")
        precondition(value.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ";") }, value)
        if directive == "script-src" {
            // A host may well be called `unsafe-inline.example`; only the quoted keyword opens the door.
            precondition(!value.contains("'unsafe") && !value.contains("data:") && !value.contains("*"), value)
        }
    }

    /// The other values, a line each: name, then value.
    static let settingsFile = FuzzTarget(name: "settings") { bytes in
        let parts = text(bytes).split(separator: "\n", maxSplits: 1).map(String.init)
        var settings = Settings()
        if parts.count == 2, let setting = Settings.all.first(where: { $0.name == parts[0] }) {
            try? setting.assign(parts[1], &settings)
        }
        _ = try? TrustedProxies(settings.trustedProxies)
        precondition(settings.basePath.isEmpty || settings.basePath.hasPrefix("/"))
        _ = try? SettingsFile.parse(Data(bytes), path: "homechat.yaml")
    }
}
