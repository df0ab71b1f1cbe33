import Foundation

/// "Server Security" of the guide: the machine around the server.
struct MachineChecks: Sendable {
    static let rootQuestion = DoctorQuestion("non_root", "Non-root user for application")
    static let servicesQuestion = DoctorQuestion("services", "Unnecessary services disabled")

    let server: ServerProcess?

    func all() async -> [DoctorCheck] {
        let sockets = await SystemTool("ss", "-Hltnp").ask()
        let listening = sockets.text.map(ListeningSocket.all)
        async let firewall = FirewallCheck(listening: listening, server: server).check()
        async let sshd = SystemTool("sshd", "-T").ask()
        async let updates = UpdatesCheck.check()
        let ssh = SSHCheck(answer: await sshd, listening: listening)
        return [nonRoot(), await firewall, ssh.keys(), ssh.passwords(), await updates, services(sockets)]
    }

    private func nonRoot() -> DoctorCheck {
        let question = Self.rootQuestion
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

    /// - Parameter sockets: what `ss -Hltnp` said.
    func services(_ sockets: SystemTool.Answer) -> DoctorCheck {
        let question = Self.servicesQuestion
        switch sockets {
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
