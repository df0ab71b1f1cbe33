import Storage

/// The guide's checklist against this installation, as it is now.
package struct Doctor: Sendable {
    let settings: Settings
    let database: any Database
    let rateRules: RateRules
    let now: @Sendable () -> Timestamp

    /// - Parameter url: where people reach the server; what only a request there can tell is `unknown` without it.
    package func examine(url: String? = nil, as principal: Principal) async throws -> DoctorReport {
        try principal.requireAdmin()
        let server = ServerProcess.find(in: settings.dataDirectory)
        let rules = try await rateRules.all(as: principal)
        let guesses = rules.first { $0.scope == .badToken }?.rule ?? RateScope.badToken.defaultRule
        let native = NativeTLSCheck(settings: settings, server: server, now: now())
        let address = try url.map { try AddressChecks(url: $0, settings, guesses: guesses, native: native, now: now()) }
        async let machine = MachineChecks(server: server).all()
        let application = ApplicationChecks(settings: settings, database: database, now: now())
        let network = NetworkChecks(settings: settings, rules: rules, server: server)
        async let asked = Self.ask(address, native)
        return DoctorReport(await machine + (try await application.all()) + network.all() + (await asked))
    }

    private static func ask(_ address: AddressChecks?, _ native: NativeTLSCheck) async -> [DoctorCheck] {
        guard let address else { return await AddressChecks.notAsked(native) }
        return await address.all()
    }
}
