import Foundation

/// The settings of the server that runs, and not those that the doctor would begin a server with.
struct LiveSettings: Sendable {
    /// In effect there; where nothing runs, the doctor's own.
    let settings: Settings
    /// Why nothing that depends on them is more than a guess; nil where they are known.
    let ignorance: String?
    /// Names of those that the doctor has otherwise.
    private let differing: Set<String>

    init(own: Settings, _ server: ServerProcess?) {
        guard let server else {
            (settings, differing) = (own, [])
            ignorance = "no server runs; with the settings that this command finds it would be"
            return
        }
        guard let told = server.settings, let live = own.retold(told) else {
            (settings, differing) = (own, [])
            ignorance =
                "the running server does not say with which settings it began (restart it); by those that this "
                + "command finds it would be"
            return
        }
        (settings, ignorance) = (live, nil)
        let mine = own.told
        differing = Set(Settings.all.map(\.name).filter { told[$0] != mine[$0] })
    }

    /// What was judged by the settings of these names: never a pass where they are not those of a running server.
    func judged(by prefixes: String..., check: DoctorCheck) -> DoctorCheck {
        if let ignorance { return check.status == .pass ? check.doubted("\(ignorance): \(check.evidence)") : check }
        let others = differing.filter { name in prefixes.contains { name.hasPrefix($0) } }.sorted()
        guard !others.isEmpty else { return check }
        return check.noted(
            "the running server began with other settings than this command finds: \(others.joined(separator: ", "))")
    }
}

extension Settings {
    /// For another process of the same account: by name, as in the file, and no secret among them.
    var told: [String: String] {
        var settings = self
        settings.masterKeyFile = masterKeyFile.map { URL(fileURLWithPath: $0).path }
        let pairs = Settings.all.filter(\.isTold).compactMap { setting in
            setting.describe(settings).map { (setting.name, $0) }
        }
        return Dictionary(pairs) { first, _ in first }
    }

    /// These, as the other process has them; nil where what it told cannot be read.
    func retold(_ told: [String: String]) -> Settings? {
        let standard = Settings()
        var live = self
        for setting in Settings.all where setting.isTold {
            guard let text = told[setting.name] else {
                setting.copy(standard, &live)
                continue
            }
            do { try setting.assign(text, &live) } catch { return nil }
        }
        return live
    }
}

extension Setting {
    /// Where the data lies is what the other process was found by.
    fileprivate var isTold: Bool { !isSecret && name != "data_dir" }
}
