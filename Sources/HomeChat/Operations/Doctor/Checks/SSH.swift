/// The lines of the guide about ssh, judged by what `sshd -T` says is in effect.
struct SSHCheck: Sendable {
    static let keysQuestion = DoctorQuestion("ssh_keys", "SSH key authentication only")
    static let passwordsQuestion = DoctorQuestion("ssh_passwords", "SSH password authentication disabled")
    private static let fix =
        "put deploy/ssh/homechat.conf into /etc/ssh/sshd_config.d and run: sudo systemctl reload ssh"

    let answer: SystemTool.Answer
    /// nil: what listens could not be seen.
    let listening: [ListeningSocket]?

    func keys() -> DoctorCheck {
        let question = Self.keysQuestion
        return settled(question) { settings in
            guard settings["pubkeyauthentication"] == "yes" else {
                return question.fail("pubkeyauthentication is off", fix: Self.fix)
            }
            if settings["permitrootlogin"] == "yes" {
                return question.fail("permitrootlogin yes: root may sign in with a password", fix: Self.fix)
            }
            let methods = settings["authenticationmethods"] ?? "any"
            // Blanks stand between ways in, commas between the steps of one.
            let ways = methods.split(separator: " ").map { $0.split(separator: ",") }
            if methods != "any", ways.contains(where: { !$0.contains { $0.hasPrefix("publickey") } }) {
                return question.fail("authenticationmethods \(methods): there is a way in without a key", fix: Self.fix)
            }
            if methods.contains("password") {
                return question.warn("authenticationmethods \(methods): a password is a step of it", fix: Self.fix)
            }
            return question.pass(
                "pubkeyauthentication yes, permitrootlogin \(settings["permitrootlogin"] ?? "?"), "
                    + "authenticationmethods \(methods)")
        }
    }

    func passwords() -> DoctorCheck {
        let question = Self.passwordsQuestion
        return settled(question) { settings in
            let open = ["passwordauthentication", "kbdinteractiveauthentication"].filter { settings[$0] != "no" }
            guard open.isEmpty else {
                return question.fail(open.map { "\($0) \(settings[$0] ?? "?")" }.joined(separator: ", "), fix: Self.fix)
            }
            return question.pass("passwordauthentication no, kbdinteractiveauthentication no")
        }
    }

    private func settled(_ question: DoctorQuestion, _ judge: ([String: String]) -> DoctorCheck) -> DoctorCheck {
        switch answer {
        case .said(let text): return judge(Self.settings(text))
        case .refused(let reason) where reason.contains("privilege separation directory"):
            return question.unknown(
                "sshd -T: \(reason)", fix: "sudo mkdir -p /run/sshd, and then homechat doctor again")
        case .refused(let reason): return question.unknown("sshd -T: \(reason)", fix: "sudo homechat doctor")
        case .absent: return absent(question)
        }
    }

    /// Another SSH server than OpenSSH's may be there.
    private func absent(_ question: DoctorQuestion) -> DoctorCheck {
        guard let listening else {
            return question.unknown("no sshd is installed here, and whether something else answers ssh cannot be seen")
        }
        if let other = listening.first(where: { $0.port == 22 || $0.program == "dropbear" }) {
            return question.unknown("no sshd is installed here, and something may be one: \(other.text)")
        }
        return question.pass("no sshd is installed, and nothing listens on port 22")
    }

    /// `sshd -T` prints one lower-case name and its value a line.
    private static func settings(_ text: String) -> [String: String] {
        let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
            let words = line.split(separator: " ", maxSplits: 1)
            return words.count == 2 ? (String(words[0]), String(words[1])) : nil
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
