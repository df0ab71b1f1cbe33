import Foundation

/// "Automatic security updates enabled" of the guide: installed, switched on, and something that runs it.
struct UpdatesCheck: Sendable {
    static let question = DoctorQuestion("updates", "Automatic security updates enabled")

    /// Whether something runs it: systemd's timer, or cron.
    enum Clock: Sendable, Equatable {
        case runs(String)
        case still(String)
        case unknown(String)
    }

    static func check() async -> DoctorCheck {
        if let dump = await SystemTool("apt-config", "dump", "APT::Periodic").ask().text {
            return apt(
                dump, isInstalled: FileManager.default.fileExists(atPath: "/usr/bin/unattended-upgrade"),
                await aptClock())
        }
        guard FileManager.default.fileExists(atPath: "/usr/bin/dnf") else {
            return question.unknown("neither apt nor dnf is here")
        }
        let settings = FileManager.default.contents(atPath: "/etc/dnf/automatic.conf") ?? Data()
        return dnf(
            String(decoding: settings, as: UTF8.self), downloads: await timer("dnf-automatic.timer"),
            installs: await timer("dnf-automatic-install.timer"))
    }

    /// - Parameter dump: of `apt-config dump APT::Periodic`.
    static func apt(_ dump: String, isInstalled: Bool, _ clock: Clock) -> DoctorCheck {
        let fix = "sudo apt-get install unattended-upgrades && sudo dpkg-reconfigure -plow unattended-upgrades"
        guard isInstalled else { return question.fail("unattended-upgrades is not installed", fix: fix) }
        let values = periodic(dump)
        func isOn(_ name: Substring) -> Bool { !["", "0"].contains(values[name] ?? "") }
        guard values["Enable"] != "0", isOn("Unattended-Upgrade") else {
            return question.fail("unattended-upgrades is installed, but APT::Periodic does not run it", fix: fix)
        }
        guard isOn("Update-Package-Lists") else {
            return question.fail("APT::Periodic upgrades, but never asks what is new", fix: fix)
        }
        let seen = "unattended-upgrades is installed and switched on in APT::Periodic"
        switch clock {
        case .runs(let what): return question.pass("\(seen), and \(what)")
        case .still(let what):
            return question.fail("\(seen), but \(what)", fix: "sudo systemctl enable --now apt-daily-upgrade.timer")
        case .unknown(let what): return question.unknown("\(seen); whether something runs it: \(what)")
        }
    }

    /// The last of a name counts.
    private static func periodic(_ dump: String) -> [Substring: Substring] {
        let pairs = dump.matches(of: /APT::Periodic::([A-Za-z-]+) "([^"]*)";/).map { ($0.1, $0.2) }
        return Dictionary(pairs) { _, last in last }
    }

    /// - Parameters:
    ///   - downloads: the timer that does what the file says.
    ///   - installs: the one that installs whatever it says.
    static func dnf(_ file: String, downloads: Clock, installs: Clock) -> DoctorCheck {
        if case .runs(let what) = installs { return question.pass(what) }
        let applies = file.split(separator: "\n").contains {
            $0.wholeMatch(of: /\s*apply_updates\s*=\s*(yes|true|1|on)\s*/.ignoresCase()) != nil
        }
        let fix = "apply_updates = yes in /etc/dnf/automatic.conf, and: sudo systemctl enable --now dnf-automatic.timer"
        switch downloads {
        case .runs(let what) where applies: return question.pass("\(what), and apply_updates is yes")
        case .runs(let what):
            return question.fail("\(what), but apply_updates is not yes: nothing is installed", fix: fix)
        case .still(let what): return question.fail(what, fix: fix)
        case .unknown(let what): return question.unknown(what)
        }
    }

    /// apt's job for cron does nothing where systemd runs.
    private static func aptClock() async -> Clock {
        if FileManager.default.fileExists(atPath: "/run/systemd/system") {
            return await timer("apt-daily-upgrade.timer")
        }
        guard FileManager.default.fileExists(atPath: "/etc/cron.daily/apt-compat") else {
            return .still("neither systemd nor cron has a job for it")
        }
        guard let processes = try? FileManager.default.contentsOfDirectory(atPath: "/proc") else {
            return .unknown("/proc cannot be read")
        }
        let runs = processes.contains { id in
            guard Int(id) != nil, let name = FileManager.default.contents(atPath: "/proc/\(id)/comm") else {
                return false
            }
            return ["cron\n", "crond\n", "anacron\n"].contains(String(decoding: name, as: UTF8.self))
        }
        return runs ? .runs("cron runs it daily") : .still("systemd does not run here, and neither does cron")
    }

    private static func timer(_ name: String) async -> Clock {
        switch await SystemTool("systemctl", "show", "--property=ActiveState", name).ask() {
        case .absent: .unknown("systemctl is not installed")
        case .refused(let reason): .unknown("systemctl: \(reason)")
        case .said(let text):
            text.contains("ActiveState=active") ? .runs("\(name) is active") : .still("\(name) is not active")
        }
    }
}
