extension SettingsKind where Value == [String] {
    /// The sources of one directive, in the grammar of CSP Level 3 §2.3.1 as far as a household can need it.
    static func sources(_ directive: String) -> SettingsKind {
        SettingsKind(
            valueName: "SOURCES", isList: true,
            parse: { text throws(SettingsProblem) in
                let sources = text.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init)
                guard !sources.isEmpty else {
                    throw SettingsProblem("\(directive) must not be empty; say 'none'", namesPart: true)
                }
                for source in sources { try check(source, directive) }
                guard sources == ["'none'"] || !sources.contains("'none'") else {
                    throw SettingsProblem("\(directive): 'none' must stand alone", namesPart: true)
                }
                return sources
            }, describe: { $0.joined(separator: " ") })
    }

    private static func check(_ source: String, _ directive: String) throws(SettingsProblem) {
        let keywords = ["'self'", "'none'"] + (directive == "style-src" ? ["'unsafe-inline'"] : [])
        if keywords.contains(source) { return }
        if keywords.contains("'\(source)'") {
            throw SettingsProblem("\(directive): write \"'\(source)'\", with its quotes", namesPart: true)
        }
        if source.hasPrefix("'") { throw SettingsProblem("\(directive) may not hold \(source)", namesPart: true) }

        let isScript = directive == "script-src" || directive == "default-src"
        let schemes = ["data:", "blob:", "https:", "wss:", "ws:", "mediastream:"]
        if schemes.contains(source) {
            if isScript { throw SettingsProblem("\(directive) may not hold \(source)", namesPart: true) }
            return
        }
        guard isHost(source), !(isScript && source.contains("*")) else {
            throw SettingsProblem("\(directive) may not hold \(source)", namesPart: true)
        }
    }

    /// `*.example.org`, `https://example.org:8443/path`, `example.org`.
    private static func isHost(_ source: String) -> Bool {
        source.wholeMatch(
            of:
                /((https?|wss?):\/\/)?(\*\.)?[A-Za-z0-9]([A-Za-z0-9.\-]*[A-Za-z0-9])?(:([0-9]{1,5}|\*))?(\/[A-Za-z0-9.\-_~\/%]*)?/
        ) != nil || source == "*"
    }
}
