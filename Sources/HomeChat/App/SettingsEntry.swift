/// One line of `Settings.all`: a name, where its value goes, and what a value may be.
package struct Setting: Sendable {
    package let name: String
    package let help: String
    /// "PORT", "WORD", …: what `--help` shows for the value.
    package let valueName: String
    /// As it is written in the file, or `nil` when there is none.
    package let defaultValue: String?
    package let isInFile: Bool
    package let otherEnvironmentNames: [String]
    /// What the setting was called in files before; it works, and the log says the new name.
    let olderName: String?
    /// Written as the value of the group that it heads: `tls: local` is `tls: {mode: local}`.
    let shorthand: String?
    /// May be kept in `credentials.sealed`.
    package let isSecret: Bool
    /// A secret on the command line could be read by everybody on the machine; an address with a password in it is known to
    /// be given so.
    package var isOnCommandLine: Bool { !isSecret || name == "database_url" }
    let isList: Bool
    /// As it is written in the file; nil where there is nothing, or nothing to be shown.
    let describe: @Sendable (Settings) -> String?
    let copy: @Sendable (_ from: Settings, _ to: inout Settings) -> Void
    let assign: @Sendable (_ text: String, _ settings: inout Settings) throws(SettingsProblem) -> Void

    init<Value: Sendable>(
        _ name: String, _ path: any WritableKeyPath<Settings, Value> & Sendable, _ kind: SettingsKind<Value>,
        _ help: String,
        environment: [String] = [], olderName: String? = nil, shorthand: String? = nil, inFile: Bool = true,
        isSecret: Bool = false
    ) {
        self.name = name
        self.help = help
        self.valueName = kind.valueName
        self.defaultValue = kind.describe(Settings()[keyPath: path])
        self.isInFile = inFile
        self.otherEnvironmentNames = environment + (olderName.map { [$0.uppercased()] } ?? [])
        self.olderName = olderName
        self.shorthand = shorthand
        self.isSecret = isSecret
        self.isList = kind.isList
        self.describe = { kind.describe($0[keyPath: path]) }
        self.copy = { $1[keyPath: path] = $0[keyPath: path] }
        self.assign = { text, settings throws(SettingsProblem) in
            settings[keyPath: path] = try kind.parse(text)
        }
    }

    package var flag: String { Self.flag(name) }
    package var environmentName: String { Self.environmentName(name) }
    var flags: [String] { [flag] + (shorthand.map { [Self.flag($0)] } ?? []) }
    var environmentNames: [String] { [environmentName] + (shorthand.map { [Self.environmentName($0)] } ?? []) }
    var path: [String] { name.split(separator: ".").map(String.init) }

    private static func flag(_ name: String) -> String {
        "--" + name.map { $0 == "." || $0 == "_" ? "-" : String($0) }.joined()
    }

    private static func environmentName(_ name: String) -> String {
        "HOMECHAT_" + name.map { $0 == "." ? "_" : $0.uppercased() }.joined()
    }
}

/// Why a value does not fit: "must be …".
struct SettingsProblem: Error {
    let text: String
    /// The text already says which part of the value is meant.
    let namesPart: Bool
    init(_ text: String, namesPart: Bool = false) {
        self.text = text
        self.namesPart = namesPart
    }
}

/// Why the server does not start: one line that says where and what.
package struct SettingsError: Error, Equatable, CustomStringConvertible {
    package let description: String
    /// The command line itself is wrong, and not a file or the environment.
    package let isUsage: Bool

    init(_ place: String, _ problem: String, isUsage: Bool = false) {
        self.description = place + ": " + problem
        self.isUsage = isUsage
    }
}
