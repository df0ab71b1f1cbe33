import Foundation
import Storage

/// The guide's checklist against this installation, as it is now.
package struct Doctor: Sendable {
    private static let startQuestion = DoctorQuestion("start", "The server can start")

    let settings: Settings
    let database: any Database
    let rateRules: RateRules
    let now: @Sendable () -> Timestamp

    /// - Parameter url: where people reach the server, if not by `public_url`; what only a request there can tell is
    ///   `unknown` without either.
    package func examine(url: String? = nil, as principal: Principal) async throws -> DoctorReport {
        try principal.requireAdmin()
        let server = ServerProcess.find(in: settings.dataDirectory)
        let live = LiveSettings(own: settings, server)
        let rules = try await rateRules.all(configured: live.settings.rateLimits, as: principal)
        let guesses = rules.first { $0.scope == .badToken }?.rule ?? RateScope.badToken.defaultRule
        let native = NativeTLSCheck(settings: live.settings, server: server, now: now())
        let address = try (url ?? live.settings.ownAddress).map {
            try AddressChecks(url: $0, isChosenByUs: url == nil, live, guesses: guesses, native: native, now: now)
        }
        async let machine = MachineChecks(server: server).all()
        let application = ApplicationChecks(
            settings: live.settings, hasGivenKey: server?.hasGivenKey ?? (settings.masterKey != nil),
            database: database,
            now: now())
        let network = NetworkChecks(live: live, rules: rules, server: server)
        let outside = [
            try await WebhooksCheck(database: database, now: now()).check(),
            try await OutsideSecretsCheck(settings: live.settings, database: database).check(),
            try await SearchCheck(database: database).check(),
            live.judged(by: "files.", check: try await UploadsCheck(settings: live.settings).check()),
        ]
        async let asked = Self.ask(address, native)
        let start = Self.startQuestion.pass("settings, master key and database can be read")
        return DoctorReport(
            [start] + (await machine) + (try await application.all()) + outside + network.all() + (await asked)
                + LaterChecks.all())
    }

    private static func ask(_ address: AddressChecks?, _ native: NativeTLSCheck) async -> [DoctorCheck] {
        guard let address else { return await AddressChecks.notAsked(native) }
        return await address.all()
    }

    /// Where a server would refuse to start: why, and what can be told all the same.
    /// - Parameter settings: nil where it is they that cannot be read.
    package static func examine(
        unopened problem: any Error, _ settings: Settings? = nil, in folder: String
    ) async -> DoctorReport {
        let server = ServerProcess.find(in: folder)
        let start = startQuestion.fail("\(problem)", fix: "mend it; the server does not start like this")
        let key = settings.flatMap { ApplicationChecks.key(unopenedBy: "\(problem)", $0) }
        let questions =
            ApplicationChecks.questions + [
                WebhooksCheck.question, OutsideSecretsCheck.question, SearchCheck.question, UploadsCheck.question,
            ]
            + NetworkChecks.questions + AddressChecks.questions
        let unknown = questions.map { $0.unknown("the installation could not be opened") }
        let others = unknown.map { check in key.flatMap { $0.id == check.id ? $0 : nil } ?? check }
        return DoctorReport(
            [start] + (await MachineChecks(server: server).all())
                + others + LaterChecks.all())
    }
}

extension Settings {
    /// By which people reach this server, as its operator says.
    fileprivate var ownAddress: String? { publicURLs.first.map { $0 + basePath } }

    /// Whether there is something to look at, which opening it would otherwise make.
    package var hasInstallation: Bool {
        switch databaseURL {
        case .postgres: FileManager.default.fileExists(atPath: dataDirectory)
        case .sqlite(let file): FileManager.default.fileExists(atPath: file)
        case nil: FileManager.default.fileExists(atPath: dataDirectory + "/homechat.sqlite3")
        }
    }
}
