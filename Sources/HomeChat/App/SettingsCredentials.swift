import Configuration
import Foundation

extension SettingsSource {
    /// The secret settings of `credentials.sealed`; nil where there are none.
    static func credentials(_ settings: Settings) throws(SettingsError) -> SettingsSource? {
        let file = CredentialsFile(keys: MasterKeyFile(settings: settings))
        let values: [String: String]
        do { values = try file.read() } catch { throw SettingsError(file.path, inWords(error, without: file.path)) }
        guard !values.isEmpty else { return nil }
        for name in values.keys.sorted() { try CredentialsText.check(name, nil, at: file.path) }
        let known = values.map { name, value in
            (
                AbsoluteConfigKey(name.split(separator: ".").map(String.init)),
                ConfigValue(.string(value), isSecret: true)
            )
        }
        let provider = InMemoryProvider(values: Dictionary(known) { first, _ in first })
        return SettingsSource(values: provider.snapshot()) { "\(file.path): \($0.name)" }
    }

    private static func inWords(_ error: any Error, without path: String) -> String {
        let text = (error as? ChatError)?.description ?? "cannot be opened"
        return text.hasPrefix(path + " ") ? String(text.dropFirst(path.count + 1)) : text
    }
}

extension Settings {
    /// systemd's `LoadCredential=master.key:…` puts the key where this service alone can read it.
    mutating func takeServiceCredential(_ environment: [String: String]) {
        guard masterKey == nil, masterKeyFile == nil, let folder = environment["CREDENTIALS_DIRECTORY"] else { return }
        masterKeyFile = ["master.key", "master_key"].map { "\(folder)/\($0)" }
            .first(where: FileManager.default.fileExists(atPath:))
    }

    /// Wipes the secrets from this process's environment, once they were read: for its children, and for whoever lists
    /// processes.
    package static func forgetSecretEnvironment() {
        let ours = all.filter(\.isSecret).flatMap { [$0.environmentName] + $0.otherEnvironmentNames }
        for name in ours + ["RAILS_MASTER_KEY", "SECRET_KEY_BASE"] {
            guard let value = getenv(name) else { continue }
            memset(value, 0, strlen(value))
            unsetenv(name)
        }
    }
}
