/// "Firewall configured" of the guide: whether there is one, and what gets in by it that nobody expects.
struct FirewallCheck: Sendable {
    static let question = DoctorQuestion("firewall", "Firewall configured")
    private static let fix = "sudo sh deploy/ufw.sh"

    /// nil: what listens could not be seen.
    let listening: [ListeningSocket]?
    let server: ServerProcess?

    func check() async -> DoctorCheck {
        var open: [String] = []
        var refused: [String] = []
        for asked in FirewallTool.all {
            switch await asked.tool.ask() {
            case .absent: continue
            case .refused(let reason): refused.append("\(asked.tool.name): \(reason)")
            case .said(let text):
                let reading = asked.read(text)
                switch reading.gate {
                case .open(let why): open.append("\(asked.tool.name): \(why)")
                case .shut: return judge(await completed(reading), asked.tool.name)
                }
            }
        }
        let evidence = (refused + open).joined(separator: "; ")
        if !refused.isEmpty { return Self.question.unknown(evidence, fix: "sudo homechat doctor") }
        return Self.question.fail(
            open.isEmpty ? "neither ufw nor nft nor iptables is installed" : evidence, fix: Self.fix)
    }

    /// iptables has a tool of its own for IPv6.
    private func completed(_ reading: FirewallReading) async -> FirewallReading {
        guard reading.families == [.four], case .said(let text) = await FirewallTool.ip6tables.tool.ask() else {
            return reading
        }
        let six = FirewallTool.ip6tables.read(text)
        return six.gate == .shut ? reading.joined(six) : reading
    }

    /// - Parameter reading: of a firewall that is shut.
    func judge(_ reading: FirewallReading, _ name: String) -> DoctorCheck {
        let question = Self.question
        let seen = "\(name) drops what no rule lets in"
        guard let listening else {
            return question.unknown(
                "\(seen); which ports are listened on cannot be seen", fix: "sudo apt-get install iproute2")
        }
        let outside = listening.filter { !$0.isLoopback }
        let unfiltered = outside.filter { !$0.families.isSubset(of: reading.families) }
        if !unfiltered.isEmpty {
            let missing = reading.families.contains(.four) ? "IPv6" : "IPv4"
            return question.warn(
                "\(seen), but not by \(missing), where these listen: \(Self.list(unfiltered))", fix: Self.fix)
        }
        let unexpected = outside.filter { !$0.isExpected(server: server) }
        let letIn = unexpected.filter { reading.ports.contains($0.port) }
        guard letIn.isEmpty else {
            return question.warn(
                "\(seen), and lets in what nobody expects: \(Self.list(letIn))",
                fix: "sudo ufw delete allow PORT, or stop what listens there")
        }
        if reading.hasOtherRules, !unexpected.isEmpty {
            return question.unknown(
                "\(seen), and has rules of which this cannot tell whether they let in: \(Self.list(unexpected))")
        }
        let ports = reading.ports.count > 20 ? "\(reading.ports.count) ports" : Self.list(reading.ports)
        return question.pass("\(seen); let in: \(ports); nothing unexpected listens there")
    }

    private static func list(_ sockets: [ListeningSocket]) -> String { sockets.map(\.text).joined(separator: ", ") }

    private static func list(_ ports: Set<Int>) -> String {
        ports.isEmpty ? "no port" : ports.sorted().map(String.init).joined(separator: ", ")
    }
}
