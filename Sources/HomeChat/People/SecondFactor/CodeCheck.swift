import Storage

/// Whether a code is right, of the app or from paper. It is used up in the same transaction, so no code is taken twice.
struct CodeCheck: Sendable {
    let sealer: Sealer
    let keys: AccountKeys

    func use(
        _ typed: String, of factor: SecondFactor, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> SecondFactor.Match? {
        if let step = try step(of: typed, factor, at: now) {
            try SecondFactor.setLastStep(step, of: factor.user, tx)
            return .app
        }
        guard let code = BackupCode(typed: typed),
            try BackupCode.use(code.hash(keys.backupCodes), of: factor.user, tx)
        else { return nil }
        return .backupCode
    }

    /// The step of an app's code, not used up yet.
    func step(of typed: String, _ factor: SecondFactor, at now: Timestamp) throws -> Int64? {
        guard let sealed = factor.sealedSecret else { return nil }
        let password = OneTimePassword(secret: try sealer.open(sealed, for: .totp))
        return password.step(of: typed.filter { !$0.isWhitespace }, at: now, after: factor.lastStep)
    }

    /// Ten new ones in the place of the old.
    func newBackupCodes(for user: User.ID, _ tx: borrowing Transaction) throws -> [BackupCode] {
        var random = SystemRandomNumberGenerator()
        let codes = BackupCode.all(using: &random)
        try BackupCode.replaceAll(of: user, with: codes.map { $0.hash(keys.backupCodes) }, tx)
        return codes
    }
}
