import Foundation
import Yams

/// Credentials as a person writes them: the secret settings, by the names that they have in `homechat.yaml`.
enum CredentialsText {
    static let names = Settings.all.filter(\.isSecret).filter(\.isInFile).map(\.name)

    static func render(_ values: [String: String]) -> String {
        let lines = values.sorted { $0.key < $1.key }.map { "\($0.key): \(quoted($0.value))" }
        let free = names.filter { values[$0] == nil }.map { "# \($0): …" }
        return """
            # Secret settings of HomeChat, kept sealed. The server reads them when it starts.
            # They win over homechat.yaml, and the environment wins over them. Comments are not kept.
            \((lines + free).joined(separator: "\n"))

            """
    }

    /// - Throws: a `SettingsError` with the line of what is wrong, and nothing of a value.
    static func parse(_ text: String) throws(SettingsError) -> [String: String] {
        let root: Node?
        do { root = try Yams.Parser(yaml: Data(text.utf8)).singleRoot() } catch {
            throw SettingsError("credentials", "are not YAML: \(problem(error))")
        }
        guard let root, root.null == nil else { return [:] }
        guard let mapping = root.mapping else { throw SettingsError("credentials:1", "must hold `name: value` lines") }
        var values: [String: String] = [:]
        try collect(mapping, under: "", into: &values)
        return values
    }

    /// Refuses names that are no secret settings, and values that would stop the server from starting.
    static func check(_ name: String, _ value: String?, at place: String) throws(SettingsError) {
        guard let setting = Settings.all.first(where: { $0.name == name }), names.contains(name) else {
            guard Settings.all.contains(where: { $0.name == name && $0.isInFile }) else {
                throw SettingsError(place, "unknown setting \"\(name)\"\(suggestion(for: name, among: names))")
            }
            throw SettingsError(place, "\(name) is no secret; it belongs into homechat.yaml")
        }
        guard let value else { return }
        var scratch = Settings()
        do { try setting.assign(value, &scratch) } catch { throw SettingsError(place, "\(name) \(error.text)") }
    }

    private static func collect(
        _ mapping: Node.Mapping, under parent: String, into values: inout [String: String]
    ) throws(SettingsError) {
        for (key, value) in mapping {
            let place = "credentials:\(key.mark?.line ?? 1)"
            let name = parent + (key.scalar?.string ?? "?")
            if let inner = value.mapping {
                try collect(inner, under: name + ".", into: &values)
                continue
            }
            guard let text = value.scalar?.string else { throw SettingsError(place, "\(name) must be a single value") }
            try check(name, text, at: place)
            guard values.updateValue(text, forKey: name) == nil else {
                throw SettingsError(place, "\(name) is given twice")
            }
        }
    }

    /// Never the parser's own words with its excerpt of the text.
    private static func problem(_ error: any Error) -> String {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            "\(problem), in line \(mark.line)"
        case .duplicatedKeysInMapping(_, let context): "a name is given twice, near line \(context.mark.line)"
        default: "they cannot be read"
        }
    }

    /// A JSON string is a YAML one too.
    private static func quoted(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        guard let data = try? encoder.encode(text) else { return "\"\"" }
        return String(decoding: data, as: UTF8.self)
    }
}
