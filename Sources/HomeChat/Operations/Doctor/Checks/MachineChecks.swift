import Foundation

/// "Server Security" of the guide: the machine around the server.
struct MachineChecks: Sendable {
    let server: ServerProcess?

    func all() async -> [DoctorCheck] {
        async let firewall = firewall()
        async let keys = sshKeys()
        async let passwords = sshPasswords()
        async let updates = updates()
        async let services = services()
        return [nonRoot(), await firewall, await keys, await passwords, await updates, await services]
    }

    private func nonRoot() -> DoctorCheck {
        let question = DoctorQuestion("non_root", "Non-root user for application")
        guard let server else {
            return question.unknown(
                "no server runs on this data directory", fix: "start it, for example with deploy/homechat.service")
        }
        guard let user = server.effectiveUser else { return question.unknown("process \(server.pid) cannot be seen") }
        guard user != 0 else {
            return question.fail(
                "process \(server.pid) runs as root",
                fix: "run it as a user of its own: deploy/homechat.service, or `user:` in compose.yaml")
        }
        return question.pass("process \(server.pid) runs as user id \(user)")
    }

    private func firewall() async -> DoctorCheck {
        let question = DoctorQuestion("firewall", "Firewall configured")
        let fix = "sudo sh deploy/ufw.sh"
        var reasons: [String] = []
        for (tool, judge) in Firewall.tools {
            switch await tool.ask() {
            case .absent: continue
            case .refused(let reason): reasons.append("\(tool.name): \(reason)")
            case .said(let text):
                guard let rules = judge(text) else {
                    reasons.append("\(tool.name) filters nothing")
                    continue
                }
                return question.pass("\(tool.name): \(rules)")
            }
        }
        if reasons.isEmpty { return question.fail("neither ufw nor nft nor iptables is installed", fix: fix) }
        let evidence = reasons.joined(separator: "; ")
        return reasons.allSatisfy { $0.hasSuffix("filters nothing") }
            ? question.fail(evidence, fix: fix)
            : question.unknown(evidence, fix: "sudo homechat doctor")
    }

    private func sshKeys() async -> DoctorCheck {
        let question = DoctorQuestion("ssh_keys", "SSH key authentication only")
        return await ssh(question) { settings in
            guard settings["pubkeyauthentication"] == "yes" else {
                return question.fail("pubkeyauthentication is off", fix: SSH.fix)
            }
            if settings["permitrootlogin"] == "yes" {
                return question.fail("permitrootlogin yes: root may sign in with a password", fix: SSH.fix)
            }
            let methods = settings["authenticationmethods"] ?? "any"
            return question.pass(
                "pubkeyauthentication yes, permitrootlogin \(settings["permitrootlogin"] ?? "?"), authenticationmethods \(methods)"
            )
        }
    }

    private func sshPasswords() async -> DoctorCheck {
        let question = DoctorQuestion("ssh_passwords", "SSH password authentication disabled")
        return await ssh(question) { settings in
            let open = ["passwordauthentication", "kbdinteractiveauthentication"].filter { settings[$0] != "no" }
            guard open.isEmpty else {
                return question.fail(open.map { "\($0) \(settings[$0] ?? "?")" }.joined(separator: ", "), fix: SSH.fix)
            }
            return question.pass("passwordauthentication no, kbdinteractiveauthentication no")
        }
    }

    private func ssh(_ question: DoctorQuestion, _ judge: ([String: String]) -> DoctorCheck) async -> DoctorCheck {
        switch await SystemTool("sshd", "-T").ask() {
        case .absent: question.pass("no SSH server is installed")
        case .refused(let reason): question.unknown("sshd -T: \(reason)", fix: "sudo homechat doctor")
        case .said(let text): judge(SSH.settings(text))
        }
    }

    private func updates() async -> DoctorCheck {
        let question = DoctorQuestion("updates", "Automatic security updates enabled")
        let fix = "sudo apt-get install unattended-upgrades && sudo dpkg-reconfigure -plow unattended-upgrades"
        if let dump = await SystemTool("apt-config", "dump", "APT::Periodic").ask().text {
            let isOn = dump.contains("APT::Periodic::Unattended-Upgrade \"1\"")
            let isInstalled = FileManager.default.fileExists(atPath: "/usr/bin/unattended-upgrade")
            switch (isInstalled, isOn) {
            case (true, true): return question.pass("unattended-upgrades is installed and APT::Periodic runs it daily")
            case (true, false):
                return question.fail("unattended-upgrades is installed, but APT::Periodic does not run it", fix: fix)
            case (false, _): return question.fail("unattended-upgrades is not installed", fix: fix)
            }
        }
        let timer = SystemTool("systemctl", "is-enabled", "dnf-automatic.timer")
        guard FileManager.default.fileExists(atPath: "/usr/bin/dnf") else {
            return question.unknown("neither apt nor dnf is here")
        }
        return await timer.ask().text?.contains("enabled") == true
            ? question.pass("dnf-automatic.timer is enabled")
            : question.fail(
                "dnf-automatic.timer is not enabled", fix: "sudo systemctl enable --now dnf-automatic.timer")
    }

    private func services() async -> DoctorCheck {
        let question = DoctorQuestion("services", "Unnecessary services disabled")
        switch await SystemTool("ss", "-Hltnp").ask() {
        case .absent: return question.unknown("ss is not installed", fix: "sudo apt-get install iproute2")
        case .refused(let reason): return question.unknown("ss: \(reason)")
        case .said(let text):
            let sockets = ListeningSocket.all(text).filter { !$0.isLoopback }
            let others = sockets.filter { !$0.isExpected(server: server) }
            let nameless = others.filter { $0.program == nil }
            if !nameless.isEmpty, geteuid() != 0 {
                return question.unknown(
                    "whose these are only root can see: \(nameless.map(\.text).joined(separator: ", "))",
                    fix: "sudo homechat doctor")
            }
            guard others.isEmpty else {
                return question.warn(
                    "open to the network: \(others.map(\.text).joined(separator: ", "))",
                    fix: "sudo systemctl disable --now NAME, or let it listen on 127.0.0.1")
            }
            return question.pass("nothing but HomeChat, its proxy and SSH listens to the network")
        }
    }
}

extension SystemTool.Answer {
    var text: String? {
        guard case .said(let text) = self else { return nil }
        return text
    }
}
