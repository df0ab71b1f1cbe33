import Foundation
import Storage

/// "Application Security" of the guide, without the lines that need a connection.
struct ApplicationChecks: Sendable {
    static let keyQuestion = DoctorQuestion("master_key", "Master key secured and backed up")
    static let passwordQuestion = DoctorQuestion("admin_password", "Strong admin password set")
    static let signUpsQuestion = DoctorQuestion("sign_ups", "Sign-ups disabled after initial setup")
    static let rotationQuestion = DoctorQuestion("token_rotation", "API tokens rotated regularly")
    static let questions = [keyQuestion, passwordQuestion, signUpsQuestion, rotationQuestion]

    let settings: Settings
    /// It stood in the environment.
    let hasGivenKey: Bool
    let database: any Database
    let now: Timestamp

    func all() async throws -> [DoctorCheck] {
        let copied = try await database.read { tx in try KeyBackup.last(tx) }
        let admins = try await database.read { tx in try AdminStanding.all(tx) }
        let signUps = try await database.read { tx in try SiteSettings.load(tx).signUps }
        let tokens = try await database.read { tx in try APIToken.all(of: nil, tx) }
        return [masterKey(copied), adminPassword(admins), self.signUps(signUps, admins), rotation(tokens)]
    }

    /// Where the installation could not be opened; nil where that may have nothing to do with the key.
    static func key(unopenedBy problem: String, _ settings: Settings) -> DoctorCheck? {
        let file = MasterKeyFile(settings: settings)
        if file.isOurs, let found = KeyFile(path: file.path).problem(owner: settings.dataDirectory) {
            return keyQuestion.fail(found.evidence, fix: found.fix)
        }
        guard problem.contains(file.place) else { return nil }
        return keyQuestion.fail(problem, fix: "put back the key that this database is sealed with, from its copy")
    }

    private func masterKey(_ copied: (at: Timestamp, isOfPresentKey: Bool)?) -> DoctorCheck {
        let question = Self.keyQuestion
        let place: String
        if hasGivenKey {
            place = "the key comes from the environment"
        } else {
            let file = KeyFile(path: MasterKeyFile(settings: settings).path)
            if let problem = file.problem(owner: settings.dataDirectory) {
                return question.fail(problem.evidence, fix: problem.fix)
            }
            place = file.place
        }
        let fix = "homechat credentials backup-key"
        guard let copied else { return question.warn("\(place); nobody has said that there is a copy", fix: fix) }
        let day = copied.at.iso8601.prefix(10)
        guard copied.isOfPresentKey else {
            return question.warn("\(place); the copy of \(day) is of the key before it", fix: fix)
        }
        return question.pass("\(place); copied on \(day)")
    }

    private func adminPassword(_ admins: [AdminStanding]) -> DoctorCheck {
        let question = Self.passwordQuestion
        guard !admins.isEmpty else { return question.unknown("there is no admin yet", fix: "open the page") }
        let own = admins.filter(\.hasPassword)
        let weak = own.filter { ($0.passwordScore ?? 0) < PasswordStrength.strong }
        guard weak.isEmpty else {
            return question.fail(
                "weak, or set before strength was noted: \(weak.map(\.username).joined(separator: ", "))",
                fix: "homechat user reset-password NAME, or Settings, Security")
        }
        let bare = own.filter { !$0.hasSecondFactor }
        guard bare.isEmpty else {
            return question.warn(
                "no second factor: \(bare.map(\.username).joined(separator: ", "))",
                fix: "Settings, Security, Second step")
        }
        let others = admins.count - own.count
        return question.pass(
            "\(own.count) with strong passwords and a second factor"
                + (others == 0 ? "" : ", \(others) without a password, who sign in by a key or by the provider"))
    }

    private func signUps(_ mode: SignUpMode, _ admins: [AdminStanding]) -> DoctorCheck {
        let question = Self.signUpsQuestion
        let fix = "Administration, Settings, Sign-ups: off or by invitation"
        guard !admins.isEmpty else { return question.unknown("nobody has set this house up yet", fix: "open the page") }
        return switch mode {
        case .off: question.pass("off")
        case .invitation: question.pass("by an admin's invitation only")
        case .approval: question.warn("anybody may ask, an admin says yes", fix: fix)
        case .open: question.fail("anybody who reaches the page can make an account", fix: fix)
        }
    }

    private func rotation(_ tokens: [APIToken]) -> DoctorCheck {
        let question = Self.rotationQuestion
        let old = tokens.filter { $0.isOld(at: now) }
        guard old.isEmpty else {
            return question.warn(
                "older than 90 days: \(old.map(line).joined(separator: ", "))", fix: "homechat token rotate ID")
        }
        return question.pass(tokens.isEmpty ? "no tokens" : "\(tokens.count), none older than 90 days")
    }

    private func line(_ token: APIToken) -> String {
        let use = token.lastUsedAt.map { "last used \($0.iso8601.prefix(10))" } ?? "never used"
        return "\(token.id) \(token.name) of \(token.username) (\(use))"
    }
}

/// What the checklist asks about an admin.
struct AdminStanding: RowDecodable, Sendable {
    let username: String
    /// Some sign in by a passkey or by the provider alone.
    let hasPassword: Bool
    let passwordScore: Int?
    let hasSecondFactor: Bool

    init(row: Row) throws {
        username = try row["username"]
        hasPassword = try row["has_password"]
        passwordScore = try row["password_score"]
        hasSecondFactor = try row["has_second_factor"]
    }

    static func all(_ tx: borrowing Transaction) throws -> [AdminStanding] {
        try tx.fetchAll(
            """
            SELECT users.username, users.password_score, users.password_digest IS NOT NULL AS has_password,
                EXISTS (SELECT 1 FROM second_factors
                    WHERE second_factors.user_id = users.id AND second_factors.enabled_at IS NOT NULL) AS has_second_factor
            FROM users WHERE users.role = 'admin' AND users.deleted_at IS NULL
            ORDER BY users.name_key
            """)
    }
}
