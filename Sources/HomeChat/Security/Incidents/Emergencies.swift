import Storage

/// What is done when something is wrong: each measure whole or not at all, told to every node, and written down with it.
///
/// Nobody locks themselves out: admins stay unlocked, the session that asks goes on, and the command line has none.
package struct Emergencies: Sendable {
    let database: any Database
    let credentials: Credentials
    let readOnly: ReadOnlyMode
    let audit: AuditLog
    let now: @Sendable () -> Timestamp

    /// Carries what a rehearsal found out of a transaction that is given up.
    private struct Rehearsal: Error {
        let receipt: EmergencyReceipt
    }

    /// - Parameter isDryRun: does everything and takes it back, so that what it tells is exact and nothing is changed.
    package func take(
        _ measure: EmergencyMeasure, isDryRun: Bool = false, as principal: Principal
    ) async throws -> EmergencyReceipt {
        try principal.requireAdmin()
        try measure.requireFit()
        do {
            let receipt = try await database.write { [audit, now] tx in
                let moment = now()
                if !isDryRun { try Proof.require(principal, at: moment, tx) }
                let action = EmergencyAction(principal: principal, now: moment)
                let receipt = try action.perform(measure, isDryRun: isDryRun, tx)
                guard !isDryRun else { throw Rehearsal(receipt: receipt) }
                // First, so that admins who are about to be signed out still hear it.
                try audit.record(
                    .emergencyAction, by: principal, target: "emergency:\(measure.name)",
                    details: ["what": receipt.summary], tx)
                if case .readOnly(let isOn) = measure {
                    tx.announce(.readOnly(isOn))
                } else {
                    tx.announce(.doorsClosed)
                }
                return receipt
            }
            credentials.forgetAll()
            readOnly.forget()
            return receipt
        } catch let rehearsal as Rehearsal {
            return rehearsal.receipt
        }
    }

    package func state(as principal: Principal) async throws -> EmergencyState {
        try principal.requireAdmin()
        return try await database.read { [now] tx in try EmergencyState.load(at: now(), tx) }
    }
}

/// One measure, inside its transaction.
private struct EmergencyAction {
    let principal: Principal
    let now: Timestamp

    func perform(
        _ measure: EmergencyMeasure, isDryRun: Bool, _ tx: borrowing Transaction
    ) throws -> EmergencyReceipt {
        var receipt = EmergencyReceipt(action: measure.name, isDryRun: isDryRun, at: now, by: principal.username)
        switch measure {
        case .revokeTokens:
            try revokeTokens(&receipt, tx)
        case .lockUsers(let lock):
            try lockUsers(for: lock, &receipt, tx)
            receipt.notes.append("Undo: homechat emergency lift, or the same on the page.")
        case .expireSessions:
            try expireSessions(&receipt, tx)
        case .lockdown(let lock):
            try revokeTokens(&receipt, tx)
            try lockUsers(for: lock, &receipt, tx)
            try expireSessions(&receipt, tx)
            try closeSignUps(&receipt, tx)
            try EmergencyRow.lockdown.begin(by: principal.username, at: now, tx)
            receipt.notes.append("Locks and sign-ups can be undone: homechat emergency lift, or the same on the page.")
        case .lift:
            try lift(&receipt, tx)
        case .resetPasswords:
            let count = try EmergencyChange.requireNewPasswords(tx)
            receipt.add("passwords", count, "\(people(count)) asked for a new password at the next sign-in")
            receipt.notes.append("Nobody is signed out by this: homechat emergency expire-sessions does that.")
        case .readOnly(let isOn):
            try setReadOnly(isOn, &receipt, tx)
        }
        return receipt
    }

    private func revokeTokens(_ receipt: inout EmergencyReceipt, _ tx: borrowing Transaction) throws {
        let count = try EmergencyChange.revokeTokens(at: now, tx)
        receipt.add("tokens", count, "\(counted(count, "API token")) revoked")
        if case .token = principal.credential { receipt.notes.append("The token that asked for this is revoked too.") }
        receipt.notes.append("Revoked tokens stay revoked: make new ones for what needs them.")
    }

    private func lockUsers(
        for lock: Duration, _ receipt: inout EmergencyReceipt, _ tx: borrowing Transaction
    ) throws {
        let end = now + lock
        let count = try EmergencyChange.lockUsers(until: end, at: now, tx)
        receipt.add("accounts", count, "\(counted(count, "account")) locked until \(end.iso8601)", until: end)
        let admins = try EmergencyChange.admins(tx)
        receipt.notes.append("\(counted(admins, "admin account")) left open.")
    }

    private func expireSessions(_ receipt: inout EmergencyReceipt, _ tx: borrowing Transaction) throws {
        var kept: Session.ID?
        if case .session(let own) = principal.credential { kept = own }
        let count = try EmergencyChange.endSessions(except: kept, tx)
        receipt.add("sessions", count, "\(counted(count, "session")) ended")
        if kept != nil { receipt.notes.append("The session that asked for this goes on.") }
        receipt.notes.append("Ended sessions stay ended: everybody signs in again.")
    }

    private func closeSignUps(_ receipt: inout EmergencyReceipt, _ tx: borrowing Transaction) throws {
        let isOpen = try SiteSettings.load(tx).allowSignups
        if isOpen {
            try SiteSettings.set(.allowSignups, to: "false", tx)
            try EmergencyRow.signUps.begin(by: principal.username, at: now, tx)
            tx.announce(.siteChanged)
        }
        receipt.add("sign_ups", isOpen ? 1 : 0, isOpen ? "sign-ups closed" : "sign-ups were closed already")
    }

    private func lift(_ receipt: inout EmergencyReceipt, _ tx: borrowing Transaction) throws {
        let count = try EmergencyChange.unlockUsers(at: now, tx)
        receipt.add("accounts", count, "\(counted(count, "account")) unlocked")
        let opens = try EmergencyRow.signUps.end(tx) && !SiteSettings.load(tx).allowSignups
        if opens {
            try SiteSettings.set(.allowSignups, to: "true", tx)
            tx.announce(.siteChanged)
        }
        receipt.add("sign_ups", opens ? 1 : 0, opens ? "sign-ups as before" : "sign-ups left as they are")
        let lockdown = try EmergencyRow.lockdown.find(tx)
        try EmergencyRow.lockdown.end(tx)
        receipt.notes.append("Tokens stay revoked and sessions ended; both have to be made anew.")
        if lockdown == nil, count == 0, !opens { receipt.notes.append("Nothing was in force that could be lifted.") }
        if try EmergencyRow.readOnly.find(tx) != nil {
            receipt.notes.append("Still read-only: homechat emergency read-only off ends that.")
        }
    }

    private func setReadOnly(
        _ isOn: Bool, _ receipt: inout EmergencyReceipt, _ tx: borrowing Transaction
    ) throws {
        let isNew =
            try isOn
            ? EmergencyRow.readOnly.begin(by: principal.username, at: now, tx) : EmergencyRow.readOnly.end(tx)
        let text: String =
            switch (isOn, isNew) {
            case (true, true): "read-only from now on"
            case (true, false): "read-only already"
            case (false, true): "changes allowed again"
            case (false, false): "changes were allowed already"
            }
        receipt.add("read_only", isNew ? 1 : 0, text)
        if isOn { receipt.notes.append("Everybody can read and sign in; admins can act here and on the command line.") }
    }

    private func counted(_ count: Int64, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private func people(_ count: Int64) -> String { count == 1 ? "1 person" : "\(count) people" }
}

extension EmergencyReceipt {
    fileprivate mutating func add(_ step: String, _ count: Int64, _ text: String, until end: Timestamp? = nil) {
        steps.append(Step(step: step, count: count, text: text, until: end))
    }
}
