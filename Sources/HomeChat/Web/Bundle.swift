import Foundation

/// Many small source files as one that a browser fetches once. Modules stay modules: each becomes a function's scope, in the
/// order in which they need each other.
///
/// Only what our own files use is understood: imports and exports that stand at the start of a line, one each.
enum Bundle {
    static func stylesheet(_ files: WebFiles) -> String {
        let first = ["stylesheets/tokens.css", "stylesheets/base.css"]
        let all = files.texts(in: "stylesheets", ending: ".css")
        let ordered =
            first.compactMap { path in all.first { $0.path == path } } + all.filter { !first.contains($0.path) }
        return ordered.map(\.text).joined(separator: "\n")
    }

    static func script(_ files: WebFiles, from entry: String = "javascript/application.js") -> String {
        let sources = Dictionary(
            uniqueKeysWithValues: files.texts(in: "javascript", ending: ".js").map { ($0.path, $0.text) })
        var order: [String] = []
        var seen: Set<String> = []
        func visit(_ path: String) {
            guard seen.insert(path).inserted, let source = sources[path] else { return }
            for match in source.matches(of: importLine) { visit(resolve(String(match.output.path), from: path)) }
            order.append(path)
        }
        visit(entry)
        let names = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, "module\($0)") })
        return order.map { path in scoped(sources[path] ?? "", path, names) }.joined(separator: "\n")
    }

    private typealias ImportLine = Regex<(Substring, clause: Substring?, path: Substring)>
    private typealias ExportLine = Regex<(Substring, kind: Substring, name: Substring)>

    private static var importLine: ImportLine { /(?m)^import (?:(?<clause>.+) from )?"(?<path>.+)";$/ }
    private static var exportLine: ExportLine {
        /(?m)^export (?<kind>async function|function|class|const|let) (?<name>\w+)/
    }

    private static func scoped(_ source: String, _ path: String, _ names: [String: String]) -> String {
        let imported = source.replacing(importLine) { match in
            guard let clause = match.output.clause, let name = names[resolve(String(match.output.path), from: path)]
            else { return "" }
            if clause.hasPrefix("* as ") { return "const \(clause.dropFirst(5)) = \(name);" }
            return "const \(clause.replacing(" as ", with: ": ")) = \(name);"
        }
        let exports = source.matches(of: exportLine).map(\.output.name).joined(separator: ", ")
        let body = withoutComments(imported.replacing(exportLine) { "\($0.output.kind) \($0.output.name)" })
        return "const \(names[path] ?? "_") = (() => {\n\(body)return { \(exports) };\n})();\n"
    }

    /// Browsers read no comments, and they are a seventh of what is fetched. Those that share a line with code stay.
    private static func withoutComments(_ source: String) -> String {
        var isInside = false
        let code = source.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
            let text = line.trimmingPrefix { $0 == " " }
            if text.hasPrefix("/**") { isInside = true }
            let isComment = isInside || text.hasPrefix("//")
            if text.hasSuffix("*/") { isInside = false }
            return !isComment
        }
        return code.joined(separator: "\n")
    }

    private static func resolve(_ path: String, from file: String) -> String {
        var parts = file.split(separator: "/").dropLast().map(String.init)
        for part in path.split(separator: "/") {
            switch part {
            case ".": break
            case "..": _ = parts.popLast()
            default: parts.append(String(part))
            }
        }
        return parts.joined(separator: "/")
    }
}
