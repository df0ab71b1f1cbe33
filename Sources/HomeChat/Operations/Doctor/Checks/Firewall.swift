import Foundation

/// What one firewall does with what comes in, read from what its tool prints.
struct FirewallReading: Sendable, Equatable {
    enum Gate: Sendable, Equatable {
        /// Whatever no rule lets in is dropped or refused.
        case shut
        case open(String)
    }

    var gate: Gate
    /// Ports that strangers get in by (TCP).
    var ports: Set<Int> = []
    /// A rule that lets in what cannot be told from its text alone.
    var hasOtherRules = false
    var families: Set<Family> = [.four, .six]

    enum Family: Sendable { case four, six }

    static func open(_ why: String) -> FirewallReading { FirewallReading(gate: .open(why)) }

    /// Of two chains, or of the two tools of iptables: each lets in by itself what it filters.
    func joined(_ other: FirewallReading) -> FirewallReading {
        FirewallReading(
            gate: .shut, ports: ports.union(other.ports), hasOtherRules: hasOtherRules || other.hasOtherRules,
            families: families.union(other.families))
    }
}

/// A tool of the system and who understands it.
struct FirewallTool: Sendable {
    let tool: SystemTool
    let read: @Sendable (String) -> FirewallReading

    static let all = [
        FirewallTool(tool: SystemTool("ufw", "status", "verbose"), read: UFW.read),
        FirewallTool(tool: SystemTool("nft", "list", "ruleset"), read: NFTables.read),
        FirewallTool(tool: SystemTool("iptables-save")) { IPTables.read($0, .four) },
    ]
    static let ip6tables = FirewallTool(tool: SystemTool("ip6tables-save")) { IPTables.read($0, .six) }
}

/// `ufw status verbose`
enum UFW {
    static func read(_ text: String) -> FirewallReading {
        let lines = text.split(separator: "\n")
        guard lines.contains("Status: active") else { return .open("it is not active") }
        let standard = lines.first { $0.hasPrefix("Default: ") }?.dropFirst("Default: ".count)
        let incoming = standard?.split(separator: ",").first { $0.hasSuffix("(incoming)") }?.split(separator: " ").first
        guard incoming == "deny" || incoming == "reject" else {
            return .open("it is active, and what no rule names it does with: \(incoming ?? "it does not say what")")
        }
        var reading = FirewallReading(gate: .shut)
        for line in lines {
            guard let action = ["ALLOW", "LIMIT"].compactMap({ line.range(of: " \($0) ") }).first else { continue }
            let rest = line[action.upperBound...]
            guard !rest.hasPrefix("OUT"), !rest.hasPrefix("FWD") else { continue }
            let from = (rest.hasPrefix("IN ") ? rest.dropFirst(3) : rest).trimmed
            let to = line[..<action.lowerBound].replacing("(v6)", with: "").trimmed
            let words = to.split(separator: " ")
            if to == "Anywhere" {
                if from == "Anywhere" || from == "Anywhere (v6)" { return .open("a rule lets in everything") }
                reading.hasOtherRules = true
            } else if words.count == 1 || words.count > 1 && words[1].hasPrefix("("), let ports = ports(words[0]) {
                reading.ports.formUnion(ports)
            } else {
                reading.hasOtherRules = true
            }
        }
        return reading
    }

    /// `80,443/tcp`, `6000:6007/tcp`, `22`; nothing for what is UDP alone.
    private static func ports(_ word: Substring) -> Set<Int>? {
        let parts = word.split(separator: "/")
        if parts.count > 1, parts[1] == "udp" { return [] }
        return parts.first.flatMap { PortList.read($0, range: ":") }
    }
}

/// `nft list ruleset`
enum NFTables {
    static func read(_ text: String) -> FirewallReading {
        var family = ""
        var rules: [String]?
        var readings: [FirewallReading] = []
        for line in text.split(separator: "\n").map(\.trimmed) {
            if line.hasPrefix("table ") { family = line.split(separator: " ").dropFirst().first.map(String.init) ?? "" }
            if line.hasPrefix("chain ") {
                rules = []
            } else if line == "}" {
                if let chain = rules, let reading = read(chain, family) { readings.append(reading) }
                rules = nil
            } else {
                rules?.append(line)
            }
        }
        let shut = readings.filter { $0.gate == .shut }
        guard let first = shut.first else {
            return readings.first ?? .open("it has no chain at the input hook")
        }
        var all = shut.dropFirst().reduce(first) { $0.joined($1) }
        // Two chains for one family narrow each other in ways that are not followed here.
        if shut.count > all.families.count { all.hasOtherRules = true }
        return all
    }

    /// nil for a chain that is not at the input hook, or is for frames and not for packets.
    private static func read(_ chain: [String], _ family: String) -> FirewallReading? {
        let families: [String: Set<FirewallReading.Family>] = ["inet": [.four, .six], "ip": [.four], "ip6": [.six]]
        guard let families = families[family], let head = chain.first(where: { $0.contains("hook input") }),
            head.contains("type filter")
        else { return nil }
        let rules = chain.filter { $0 != head && !$0.hasPrefix("#") && !$0.hasPrefix("comment ") }.map(bare)
        guard !rules.contains("accept") else { return .open("its input chain accepts everything by a rule") }
        let last = rules.last ?? ""
        guard head.contains("policy drop") || last == "drop" || last == "reject" || last.hasPrefix("reject with") else {
            return .open("its input chain accepts what no rule drops")
        }
        var reading = FirewallReading(gate: .shut, families: families)
        for rule in rules { note(rule, &reading) }
        return reading
    }

    /// Without what only counts, writes down or explains.
    private static func bare(_ rule: String) -> String {
        var rule = rule
        rule.replace(/counter packets \d+ bytes \d+/, with: "")
        rule.replace(/comment "[^"]*"/, with: "")
        rule.replace(/\blog( prefix "[^"]*")?( (level|group|flags) \w+)*/, with: "")
        return rule.split(separator: " ").joined(separator: " ")
    }

    private static func note(_ rule: String, _ reading: inout FirewallReading) {
        let goesElsewhere = ["jump ", "goto ", "vmap "].contains { rule.contains($0) }
        guard rule.hasSuffix("accept") || goesElsewhere else { return }
        let isHarmless =
            rule.contains("iif \"lo\"") || rule.contains("iifname \"lo\"") || rule.contains("iif lo")
            || rule.contains("icmp") || rule.contains("udp dport")
            || rule.firstMatch(of: /^ct state (?!.*new)[a-z, {}]+ accept$/) != nil
        guard !isHarmless || goesElsewhere else { return }
        if !goesElsewhere, let match = rule.firstMatch(of: /tcp dport (\{[^}]*\}|[0-9-]+)/),
            let ports = PortList.read(match.1.filter { !"{} ".contains($0) }[...], range: "-")
        {
            reading.ports.formUnion(ports)
        } else if rule.firstMatch(
            of: /^ct state vmap \{ (invalid : drop|established : accept|related : accept|, )+ \}$/) == nil
        {
            reading.hasOtherRules = true
        }
    }
}

/// `iptables-save` and `ip6tables-save`
enum IPTables {
    static func read(_ text: String, _ family: FirewallReading.Family) -> FirewallReading {
        var isFilter = false
        var isShut = false
        var rules: [String] = []
        for line in text.split(separator: "\n").map(\.trimmed) {
            if line.hasPrefix("*") { isFilter = line == "*filter" }
            guard isFilter else { continue }
            if line.hasPrefix(":INPUT DROP") { isShut = true }
            if line.hasPrefix("-A INPUT ") {
                rules.append(String(line.dropFirst(9).replacing(/-m comment --comment ("[^"]*"|\S+) ?/, with: "")))
            }
        }
        guard !rules.contains("-j ACCEPT") else { return .open("its INPUT chain accepts everything by a rule") }
        let last = rules.last ?? ""
        guard isShut || last == "-j DROP" || last.hasPrefix("-j REJECT") else {
            return .open("its INPUT chain accepts what no rule drops")
        }
        var reading = FirewallReading(gate: .shut, families: [family])
        for rule in rules { note(rule, &reading) }
        return reading
    }

    private static func note(_ rule: String, _ reading: inout FirewallReading) {
        let words = rule.split(separator: " ")
        guard let jump = words.firstIndex(where: { $0 == "-j" || $0 == "-g" }), jump + 1 < words.count,
            !["DROP", "REJECT", "LOG", "NFLOG", "RETURN", "MARK"].contains(words[jump + 1])
        else { return }
        let isAccept = words[jump + 1] == "ACCEPT"
        let isNew = words.last { $0.contains("ESTABLISHED") }?.contains("NEW") ?? true
        let isHarmless = rule.contains("-i lo ") || rule.contains("icmp") || rule.contains("-p udp") || !isNew
        if isAccept, isHarmless { return }
        if isAccept, let option = words.firstIndex(where: { $0 == "--dport" || $0 == "--dports" }),
            option + 1 < words.count, let ports = PortList.read(words[option + 1], range: ":"),
            words[max(option - 1, 0)] != "!"
        {
            reading.ports.formUnion(ports)
        } else {
            reading.hasOtherRules = true
        }
    }
}

private enum PortList {
    /// nil for what has a word in it.
    static func read(_ text: Substring, range separator: Character) -> Set<Int>? {
        var ports: Set<Int> = []
        for part in text.split(separator: ",") {
            let ends = part.split(separator: separator).map { Int($0) }
            guard let first = ends.first ?? nil, let last = ends.last ?? nil, (1...2).contains(ends.count),
                first <= last,
                last <= 65535
            else { return nil }
            ports.formUnion(first...last)
        }
        return ports
    }
}

extension StringProtocol {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespaces) }
}
