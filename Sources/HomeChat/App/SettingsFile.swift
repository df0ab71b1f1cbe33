import Configuration
import Foundation
import Yams

/// `homechat.yaml`: swift-configuration reads its values; Yams' marks tell the line of what is wrong in it.
enum SettingsFile {
    static func read(_ path: String, mayBeAbsent: Bool) throws(SettingsError) -> SettingsSource? {
        guard FileManager.default.fileExists(atPath: path) else {
            if mayBeAbsent { return nil }
            throw SettingsError(path, "no such file")
        }
        guard let data = FileManager.default.contents(atPath: path) else { throw SettingsError(path, "cannot be read") }
        return try parse(data, path: path)
    }

    /// `nil` for a file that holds nothing but comments.
    static func parse(_ data: Data, path: String) throws(SettingsError) -> SettingsSource? {
        let lines: [String: Int]
        do {
            guard let root = try Yams.Parser(yaml: data).singleRoot(), root.null == nil else { return nil }
            guard let mapping = root.mapping else { throw SettingsError("\(path):1", "must hold `name: value` lines") }
            lines = try settingLines(mapping, under: [], path: path)
        } catch let error as SettingsError {
            throw error
        } catch {
            throw notYAML(error, path: path)
        }
        do {
            let values = try YAMLSnapshot(data: data.bytes, providerName: path, parsingOptions: .default)
            return SettingsSource(values: values) { "\(path):\(lines[$0.name] ?? 1)" }
        } catch {
            throw SettingsError(path, "\(error)")
        }
    }

    /// The line of each setting; refuses names that are none.
    private static func settingLines(
        _ mapping: Node.Mapping, under parents: [String], path: String
    ) throws(SettingsError) -> [String: Int] {
        var lines: [String: Int] = [:]
        for (key, value) in mapping {
            let line = key.mark?.line ?? 1
            let names = parents + [key.scalar?.string ?? "?"]
            let name = names.joined(separator: ".")
            if let setting = Settings.all.first(where: { ($0.name == name || $0.olderName == name) && $0.isInFile }) {
                let isSimple = value.mapping == nil && value.sequence?.contains { $0.scalar == nil } != true
                guard isSimple else {
                    throw SettingsError("\(path):\(line)", "\(name) must be a value or a list of values")
                }
                lines[setting.name] = value.mark?.line ?? line
            } else if value.scalar != nil, let setting = Settings.all.first(where: { $0.shorthand == name }) {
                lines[setting.name] = value.mark?.line ?? line
            } else if let inner = value.mapping, Settings.all.contains(where: { $0.name.hasPrefix(name + ".") }) {
                lines.merge(try settingLines(inner, under: names, path: path)) { $1 }
            } else {
                let hint = suggestion(for: name, among: Settings.all.filter(\.isInFile).map(\.name))
                throw SettingsError("\(path):\(line)", "unknown setting \"\(name)\"\(hint)")
            }
        }
        return lines
    }

    private static func notYAML(_ error: any Error, path: String) -> SettingsError {
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            SettingsError("\(path):\(mark.line)", problem)
        case .duplicatedKeysInMapping(let names, let context):
            SettingsError("\(path):\(context.mark.line)", "\(names.joined(separator: ", ")) is given twice")
        default: SettingsError(path, "is not YAML: \(error)")
        }
    }
}
