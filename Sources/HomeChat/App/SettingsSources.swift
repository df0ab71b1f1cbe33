import Configuration
import Foundation

extension Settings {
    /// Flags over environment over credentials over the file over defaults. `arguments` are those behind the subcommand.
    /// - Parameters:
    ///   - withCredentials: false for what mends the credentials themselves.
    ///   - isExamined: see the property.
    package static func load(
        arguments: [String] = [], environment: [String: String], withCredentials: Bool = true, isExamined: Bool = false
    ) throws(SettingsError) -> Settings {
        let flags = try SettingsSource.flags(arguments)
        let variables = try SettingsSource.environment(environment)
        let ours = [flags.source, variables]

        var settings = Settings()
        settings.isExamined = isExamined
        try settings.read(["data_dir"], from: ours)

        let named = flags.configFile ?? environment["HOMECHAT_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
        let file = try SettingsFile.read(named ?? settings.dataDirectory + "/homechat.yaml", mayBeAbsent: named == nil)
        let older = SettingsSource.documentedNames(environment)
        let files = file.map { [$0] } ?? []
        try settings.read(["master_key", "master_key_file"], from: ours + files)
        settings.takeServiceCredential(environment)
        let sealed = withCredentials ? try SettingsSource.credentials(settings) : nil
        let others = all.map(\.name).filter { !["data_dir", "master_key", "master_key_file"].contains($0) }
        try settings.read(others, from: ours + [older] + (sealed.map { [$0] } ?? []) + files)

        try settings.addNetworkRange(environment)
        try settings.checkTogether()
        try settings.checkOpenID()
        try settings.checkTLS()
        try settings.checkAdministration()
        settings.settleIntegrations()
        settings.remarkUnused(environment)
        return settings
    }

    /// What is said later in `sources` counts less, but has to be fit as well: it would surprise on the day when it counts.
    private mutating func read(_ names: [String], from sources: [SettingsSource]) throws(SettingsError) {
        for setting in Settings.all where names.contains(setting.name) {
            for source in sources.reversed() {
                guard let text = try source.text(setting) else { continue }
                if let older = source.olderName(setting) {
                    remarks.append("\(older) is called \(setting.name) now")
                }
                do { try setting.assign(text, &self) } catch {
                    let given = setting.isSecret || error.namesPart ? "" : ", not \"\(text)\""
                    throw SettingsError(source.place(setting), error.text + given, isUsage: source.isUsage)
                }
            }
        }
    }

    /// `NETWORK_RANGE` is one more trusted proxy, beside those of `trusted_proxies`.
    private mutating func addNetworkRange(_ environment: [String: String]) throws(SettingsError) {
        guard let range = environment["NETWORK_RANGE"], !range.isEmpty else { return }
        do { trustedProxies.append(try SettingsKind<String>.network.parse(range)) } catch {
            throw SettingsError("NETWORK_RANGE", "\(error.text), not \"\(range)\"")
        }
    }
}

/// One place that values come from, and how to name it to a person.
struct SettingsSource: Sendable {
    let values: any ConfigSnapshot
    let place: @Sendable (Setting) -> String
    var isUsage = false

    /// A list of the file or of repeated flags comes joined by commas.
    func text(_ setting: Setting) throws(SettingsError) -> String? {
        if let text = try text(setting, at: setting.path) { return text }
        if let shorthand = setting.shorthand, let text = try text(setting, at: [shorthand]) { return text }
        guard let older = setting.olderName else { return nil }
        return try text(setting, at: [older])
    }

    /// What this place calls the setting, where that is not its name any more.
    func olderName(_ setting: Setting) -> String? {
        guard let older = setting.olderName else { return nil }
        if place(setting) == older.uppercased() { return older.uppercased() }
        return (try? text(setting, at: setting.path)) == nil ? older : nil
    }

    private func text(_ setting: Setting, at path: [String]) throws(SettingsError) -> String? {
        let key = AbsoluteConfigKey(path)
        if let found = try? values.value(forKey: key, type: .string), case .string(let text)? = found.value?.content {
            return text
        }
        // A provider throws when its value is no single string; then it must be a list.
        if let found = try? values.value(forKey: key, type: .stringArray),
            case .stringArray(let list)? = found.value?.content
        {
            guard setting.isList || isUsage else {
                throw SettingsError(place(setting), "must be a single value, not a list")
            }
            return list.joined(separator: ",")
        }
        return nil
    }

    static func flags(_ arguments: [String]) throws(SettingsError) -> (source: SettingsSource, configFile: String?) {
        var given: [String: String] = [:]
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            let (flag, attached) = argument.split(atFirst: "=")
            let isKnown = flag == "--config" || Settings.all.contains { $0.flags.contains(flag) && $0.isOnCommandLine }
            guard argument.hasPrefix("--"), isKnown else {
                let hint = suggestion(for: flag, among: Settings.all.map(\.flag) + ["--config"])
                throw SettingsError(argument, "unknown option\(hint)", isUsage: true)
            }
            guard let value = attached ?? rest.popFirst() else {
                throw SettingsError(flag, "needs a value", isUsage: true)
            }
            let isList = Settings.all.contains { $0.flag == flag && $0.isList }
            guard given[flag] == nil || isList else { throw SettingsError(flag, "is given twice", isUsage: true) }
            given[flag] = given[flag].map { $0 + "," + value } ?? value
        }
        // The provider cannot tell a value that begins with -- from a flag unless both are one argument.
        let provider = CommandLineArgumentsProvider(arguments: ["homechat"] + given.map { $0 + "=" + $1 })
            .mapKeys { key in AbsoluteConfigKey(key.components.map { $0.replacing("_", with: "-") }) }
        return (SettingsSource(values: provider.snapshot(), place: \.flag, isUsage: true), given["--config"])
    }

    static func environment(_ environment: [String: String]) throws(SettingsError) -> SettingsSource {
        let known = Settings.all.flatMap(\.environmentNames) + ["HOMECHAT_CONFIG"]
        let given = environment.filter { $0.key.hasPrefix("HOMECHAT_") && !$0.key.hasPrefix("HOMECHAT_TEST_") }
        for name in given.keys.sorted() where !known.contains(name) {
            throw SettingsError(name, "unknown setting in the environment\(suggestion(for: name, among: known))")
        }
        // Compose files and unit files leave a variable empty to mean that it is not set.
        let provider = EnvironmentVariablesProvider(environmentVariables: given.filter { !$0.value.isEmpty })
            .prefixKeys(with: "homechat")
        return SettingsSource(values: provider.snapshot(), place: \.environmentName)
    }

    /// Names from before `HOMECHAT_*`, of which the contract says that they go on working.
    static func documentedNames(_ environment: [String: String]) -> SettingsSource {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        var names: [String: String] = [:]
        for setting in Settings.all {
            guard let name = setting.otherEnvironmentNames.first(where: { environment[$0]?.isEmpty == false }),
                let text = environment[name]
            else { continue }
            values[AbsoluteConfigKey(setting.path)] = ConfigValue(.string(text), isSecret: setting.isSecret)
            names[setting.name] = name
        }
        return SettingsSource(values: InMemoryProvider(values: values).snapshot()) { [names] in
            names[$0.name] ?? $0.name
        }
    }
}

extension String {
    fileprivate func split(atFirst separator: Character) -> (String, String?) {
        guard let index = firstIndex(of: separator) else { return (self, nil) }
        return (String(self[..<index]), String(self[self.index(after: index)...]))
    }
}

/// `; did you mean "port"?`, or nothing when no name is near.
func suggestion(for name: String, among known: [String]) -> String {
    let plain = name.lowercased().replacing(".", with: "_")
    if RateScope.allCases.contains(where: {
        !$0.allowsSafelist && plain.hasSuffix("rate_limit_\($0.rawValue)_safelist")
    }) {
        return "; \(RateScope.noSafelist)"
    }
    let nearest = known.map { (name: $0, distance: distance($0.lowercased(), name.lowercased())) }
        .min { $0.distance < $1.distance }
    guard let nearest, nearest.distance <= max(2, name.count / 4) else { return "" }
    return "; did you mean \"\(nearest.name)\"?"
}

/// How many characters have to be put in, taken out or changed to make one word of the other (Levenshtein).
private func distance(_ one: String, _ other: String) -> Int {
    let other = Array(other)
    var row = Array(0...other.count)
    for (i, character) in one.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for j in other.indices {
            let changed = diagonal + (character == other[j] ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(changed, row[j] + 1, row[j + 1] + 1)
        }
    }
    return row[other.count]
}
