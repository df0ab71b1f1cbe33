import Foundation
import Storage

/// "Application Security" of the guide, without the lines that need a connection.
struct ApplicationChecks: Sendable {
    let settings: Settings
    let database: any Database
    let now: Timestamp

    func all() async throws -> [DoctorCheck] {
        let copied = try await database.read { tx in try KeyBackup.last(tx) }
        let admins = try await database.read { tx in try AdminStanding.all(tx) }
        let signUps = try await database.read { tx in try SiteSettings.load(tx).signUps }
        let tokens = try await database.read { tx in try APIToken.all(of: nil, tx) }
        return [masterKey(copied), adminPassword(admins), self.signUps(signUps, admins), rotation(tokens)]
    }

    private func masterKey(_ copied: (at: Timestamp, isOfPresentKey: Bool)?) -> DoctorCheck {
        let question = DoctorQuestion("master_key", "Master key secured and backed up")
        let place: String
        if settings.masterKey != nil {
            place = "the key comes from the environment"
        } else {
            let file = KeyFile(
                path: MasterKeyFile(settings: settings).path, isHandedOver: settings.masterKeyFile != nil)
            if let problem = file.problem(owner: settings.dataDirectory) {
                return question.fail(problem.evidence, fix: problem.fix)
            }
            place = "\(file.path) is its owner's alone"
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
        let question = DoctorQuestion("admin_password", "Strong admin password set")
        guard !admins.isEmpty else { return question.unknown("there is no admin yet", fix: "open the page") }
        let weak = admins.filter { ($0.passwordScore ?? 0) < PasswordStrength.strong }
        guard weak.isEmpty else {
            return question.fail(
                "weak, or set before strength was noted: \(weak.map(\.username).joined(separator: ", "))",
                fix: "homechat user reset-password NAME, or Settings, Security")
        }
        let bare = admins.filter { !$0.hasSecondFactor }
        guard bare.isEmpty else {
            return question.warn(
                "no second factor: \(bare.map(\.username).joined(separator: ", "))",
                fix: "Settings, Security, Second step")
        }
        return question.pass("\(admins.count) with strong passwords and a second factor")
    }

    private func signUps(_ mode: SignUpMode, _ admins: [AdminStanding]) -> DoctorCheck {
        let question = DoctorQuestion("sign_ups", "Sign-ups disabled after initial setup")
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
        let question = DoctorQuestion("token_rotation", "API tokens rotated regularly")
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
    let passwordScore: Int?
    let hasSecondFactor: Bool

    init(row: Row) throws {
        username = try row["username"]
        passwordScore = try row["password_score"]
        hasSecondFactor = try row["has_second_factor"]
    }

    static func all(_ tx: borrowing Transaction) throws -> [AdminStanding] {
        try tx.fetchAll(
            """
            SELECT users.username, users.password_score,
                EXISTS (SELECT 1 FROM second_factors
                    WHERE second_factors.user_id = users.id AND second_factors.enabled_at IS NOT NULL) AS has_second_factor
            FROM users WHERE users.role = 'admin' AND users.deleted_at IS NULL
            ORDER BY users.name_key
            """)
    }
}

/// The file of the master key, and what can be wrong with where it lies.
struct KeyFile: Sendable {
    let path: String
    /// By the service manager, which decides who may read it.
    let isHandedOver: Bool

    /// - Parameter owner: the data directory, whose owner the server runs as.
    func problem(owner folder: String) -> (evidence: String, fix: String)? {
        var file = stat()
        guard stat(path, &file) == 0 else { return ("\(path) is not there or cannot be seen", "start the server once") }
        if !isHandedOver, file.st_mode & 0o077 != 0 {
            return ("\(path) has mode \(String(file.st_mode & 0o777, radix: 8))", "chmod 600 \(path)")
        }
        var home = stat()
        if !isHandedOver, stat(folder, &home) == 0, home.st_uid != file.st_uid {
            return (
                "\(path) belongs to user \(file.st_uid), the data to user \(home.st_uid)",
                "chown --reference=\(folder) \(path)"
            )
        }
        if let tree = workTree {
            return ("\(path) lies in the git work tree \(tree)", "move the data directory out of it")
        }
        if isInImage {
            return ("\(path) is part of the container's image, not of a volume", "mount a volume: deploy/compose.yaml")
        }
        return nil
    }

    var workTree: String? {
        var folder = URL(fileURLWithPath: path).resolvingSymlinksInPath().deletingLastPathComponent()
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent(".git").path) { return folder.path }
            folder.deleteLastPathComponent()
        }
        return nil
    }

    /// In a container, what no mount covers is the image's own layer. A machine can bear a container's mark as well, where
    /// one was made a machine of: its root lies on a disk.
    private var isInImage: Bool {
        let marks = ["/.dockerenv", "/run/.containerenv"]
        guard marks.contains(where: FileManager.default.fileExists(atPath:)),
            let table = FileManager.default.contents(atPath: "/proc/self/mountinfo")
        else { return false }
        let mounts = String(decoding: table, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }
        let root = mounts.last { $0.count > 4 && $0[4] == "/" }?.split(separator: "-").last
        guard root?.first.map(Self.layered.contains) ?? true else { return false }
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        return !mounts.contains { words in
            guard words.count > 4, words[4] != "/" else { return false }
            return real == words[4] || real.hasPrefix(words[4] + "/")
        }
    }

    /// The kinds of file system that images are stacked with (proc(5), mountinfo).
    private static let layered: Set<Substring> = ["overlay", "fuse.fuse-overlayfs", "aufs", "zfs", "btrfs"]
}
