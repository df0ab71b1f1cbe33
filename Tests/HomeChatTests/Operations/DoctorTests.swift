import Testing

@testable import HomeChat

private let ufwHead = """
    Status: active
    Logging: on (low)
    Default: %@ (incoming), allow (outgoing), disabled (routed)
    New profiles: skip

    To                         Action      From
    --                         ------      ----

    """

private func ufw(_ standard: String, _ rules: String...) -> FirewallReading {
    UFW.read(ufwHead.replacing("%@", with: standard) + rules.joined(separator: "\n") + "\n")
}

private func nft(_ rules: String..., policy: String = "accept", family: String = "inet") -> FirewallReading {
    NFTables.read(
        """
        table \(family) filter {
        \tchain input {
        \t\ttype filter hook input priority filter; policy \(policy);
        \(rules.map { "\t\t" + $0 }.joined(separator: "\n"))
        \t}

        \tchain forward {
        \t\ttype filter hook forward priority filter; policy drop;
        \t\tcounter packets 0 bytes 0 drop
        \t}
        }
        """)
}

private func iptables(_ rules: String..., policy: String = "ACCEPT") -> FirewallReading {
    IPTables.read(
        """
        *nat
        :INPUT DROP [0:0]
        COMMIT
        *filter
        :INPUT \(policy) [12:720]
        :FORWARD DROP [0:0]
        \(rules.joined(separator: "\n"))
        COMMIT
        """, .four)
}

extension FirewallReading {
    fileprivate var isShut: Bool { gate == .shut }
}

@Suite struct FirewallReadingTests {
    @Test func `ufw is a firewall only where it denies what comes in`() {
        #expect(ufw("deny", "22/tcp                     ALLOW IN    Anywhere").isShut)
        #expect(ufw("reject").isShut)
        #expect(!ufw("allow", "25/tcp                     DENY IN     Anywhere").isShut)
        #expect(!UFW.read("Status: inactive\n").isShut)
        #expect(!UFW.read("Status: active\n").isShut, "without a word on what no rule names")
        #expect(!ufw("deny", "Anywhere                   ALLOW IN    Anywhere").isShut)
    }

    @Test func `ufw names the ports that it lets in`() {
        let reading = ufw(
            "deny", "22/tcp                     LIMIT IN    Anywhere",
            "80,443/tcp (Nginx Full)    ALLOW IN    Anywhere",
            "6000:6002/tcp              ALLOW IN    192.168.1.0/24", "53/udp                     ALLOW IN    Anywhere",
            "22/tcp (v6)                ALLOW IN    Anywhere (v6)", "25/tcp                     ALLOW OUT   Anywhere",
            "9000/tcp                   DENY IN     Anywhere")
        #expect(reading.ports == [22, 80, 443, 6000, 6001, 6002] && !reading.hasOtherRules)
        #expect(ufw("deny", "Anywhere                   ALLOW IN    192.168.1.0/24").hasOtherRules)
        #expect(ufw("deny", "3000 on eth0               ALLOW IN    Anywhere").hasOtherRules)
    }

    @Test func `nft is one only where the input chain itself drops what is left`() {
        #expect(nft("tcp dport 22 accept", policy: "drop").isShut)
        #expect(nft("tcp dport 22 accept", "counter packets 3 bytes 180 drop comment \"the rest\"").isShut)
        #expect(nft("log prefix \"no: \" level info reject with icmpx admin-prohibited").isShut)
        #expect(!nft("ip saddr 203.0.113.9 drop").isShut, "one address, and not the rest")
        #expect(!nft("tcp dport 25 drop", "tcp dport 22 accept").isShut)
        #expect(!nft("limit rate over 10/second drop").isShut)
        #expect(!nft("counter packets 0 bytes 0 accept", policy: "drop").isShut)
        #expect(!nft(policy: "drop", family: "bridge").isShut)
        #expect(!NFTables.read("").isShut)
        #expect(nft(policy: "drop", family: "ip").families == [.four])
    }

    @Test func `nft names the ports that it lets in`() {
        let reading = nft(
            "ct state established,related accept", "iif \"lo\" accept", "ip protocol icmp accept",
            "tcp dport { 22, 80, 443 } counter packets 9 bytes 540 accept", "tcp dport 6000-6001 accept",
            "udp dport 53 accept", policy: "drop")
        #expect(reading.ports == [22, 80, 443, 6000, 6001] && !reading.hasOtherRules)
        #expect(nft("ip saddr 10.0.0.0/8 accept", policy: "drop").hasOtherRules)
        #expect(nft("jump mine", policy: "drop").hasOtherRules)
        #expect(nft("ct state new accept", policy: "drop").hasOtherRules)
    }

    @Test func `iptables is one only where INPUT drops what is left`() {
        #expect(iptables(policy: "DROP").isShut)
        #expect(iptables("-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT", "-A INPUT -j DROP").isShut)
        #expect(
            iptables("-A INPUT -m comment --comment \"the rest\" -j REJECT --reject-with icmp-port-unreachable").isShut)
        #expect(!iptables("-A INPUT -s 203.0.113.9/32 -j DROP").isShut)
        #expect(!iptables("-A FORWARD -j DROP").isShut)
        #expect(!iptables("-A INPUT -j ACCEPT", policy: "DROP").isShut)
        #expect(!iptables().isShut, "the chain of nat is another one")
    }

    @Test func `iptables names the ports that it lets in`() {
        let reading = iptables(
            "-A INPUT -i lo -j ACCEPT", "-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
            "-A INPUT -p icmp -j ACCEPT", "-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT",
            "-A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT",
            "-A INPUT -p tcp -m tcp --dport 6000:6001 -j ACCEPT",
            policy: "DROP")
        #expect(reading.ports == [22, 80, 443, 6000, 6001] && !reading.hasOtherRules)
        #expect(iptables("-A INPUT -j ufw-before-input", policy: "DROP").hasOtherRules)
        #expect(iptables("-A INPUT -s 10.0.0.0/8 -j ACCEPT", policy: "DROP").hasOtherRules)
    }
}

private let sockets = """
    LISTEN 0 128  0.0.0.0:22    0.0.0.0:* users:(("sshd",pid=800,fd=3))
    LISTEN 0 100  127.0.0.1:25  0.0.0.0:* users:(("master",pid=900,fd=13))
    """
private let stranger = "LISTEN 0 5 0.0.0.0:8080 0.0.0.0:* users:((\"python3\",pid=950,fd=3))"

@Suite struct FirewallCheckTests {
    private func judge(_ lines: String?, _ reading: FirewallReading) -> DoctorCheck {
        FirewallCheck(listening: lines.map(ListeningSocket.all), server: nil).judge(reading, "ufw")
    }

    @Test func `what is let in and what listens are held against each other`() {
        let shut = FirewallReading(gate: .shut, ports: [22, 8080])
        #expect(judge(sockets, shut).status == .pass)
        let found = judge(sockets + "\n" + stranger, shut)
        #expect(found.status == .warn && found.evidence.contains("python3 on 0.0.0.0:8080"))
        #expect(judge(sockets + "\n" + stranger, FirewallReading(gate: .shut, ports: [22])).status == .pass)
        #expect(judge(nil, shut).status == .unknown)
    }

    @Test func `rules that cannot be followed leave it unknown`() {
        let shut = FirewallReading(gate: .shut, ports: [22], hasOtherRules: true)
        #expect(judge(sockets + "\n" + stranger, shut).status == .unknown)
        #expect(judge(sockets, shut).status == .pass)
    }

    @Test func `a firewall for one family is none for the other`() {
        let four = FirewallReading(gate: .shut, ports: [22], families: [.four])
        #expect(judge(sockets, four).status == .pass)
        let found = judge("LISTEN 0 128 [::]:22 [::]:* users:((\"sshd\",pid=800,fd=4))", four)
        #expect(found.status == .warn && found.evidence.contains("not by IPv6"))
    }

    @Test func `services that nobody expects are named`() {
        let checks = MachineChecks(server: nil)
        #expect(checks.services(.said(sockets)).status == .pass)
        let found = checks.services(.said(sockets + "\n" + stranger))
        #expect(found.status == .warn && found.evidence.contains("python3 on 0.0.0.0:8080"))
        #expect(checks.services(.absent).status == .unknown && checks.services(.refused("no")).status == .unknown)
    }
}

@Suite struct SSHCheckTests {
    private let good = """
        pubkeyauthentication yes
        passwordauthentication no
        kbdinteractiveauthentication no
        permitrootlogin prohibit-password
        authenticationmethods any
        """

    private func check(_ old: String = "", _ new: String = "") -> SSHCheck {
        SSHCheck(answer: .said(old.isEmpty ? good : good.replacing(old, with: new)), listening: [])
    }

    @Test func `keys alone pass`() {
        #expect(check().keys().status == .pass && check().passwords().status == .pass)
        #expect(check("authenticationmethods any", "authenticationmethods publickey").keys().status == .pass)
    }

    @Test(arguments: [
        ("pubkeyauthentication yes", "pubkeyauthentication no"),
        ("permitrootlogin prohibit-password", "permitrootlogin yes"),
        ("authenticationmethods any", "authenticationmethods password"),
        ("authenticationmethods any", "authenticationmethods publickey password"),
        ("authenticationmethods any", "authenticationmethods publickey keyboard-interactive"),
    ])
    func `a way in without a key fails`(_ old: String, _ new: String) {
        #expect(check(old, new).keys().status == .fail)
    }

    @Test func `a password as a second step is no pass`() {
        #expect(check("authenticationmethods any", "authenticationmethods publickey,password").keys().status == .warn)
    }

    @Test func `passwords of either kind fail`() {
        for name in ["passwordauthentication", "kbdinteractiveauthentication"] {
            #expect(check("\(name) no", "\(name) yes").passwords().status == .fail)
        }
    }

    @Test func `what root cannot mend either is told as it is`() {
        let missing = SSHCheck(answer: .refused("Missing privilege separation directory: /run/sshd"), listening: [])
        #expect(missing.keys().status == .unknown && missing.keys().fix.contains("mkdir -p /run/sshd"))
        let refused = SSHCheck(answer: .refused("no hostkeys available"), listening: [])
        #expect(refused.keys().fix == "sudo homechat doctor")
    }

    @Test func `without sshd only a silent port 22 passes`() {
        #expect(SSHCheck(answer: .absent, listening: []).keys().status == .pass)
        #expect(SSHCheck(answer: .absent, listening: nil).keys().status == .unknown)
        #expect(SSHCheck(answer: .absent, listening: ListeningSocket.all(sockets)).passwords().status == .unknown)
    }
}

@Suite struct UpdatesCheckTests {
    private let on = """
        APT::Periodic "";
        APT::Periodic::Update-Package-Lists "1";
        APT::Periodic::Unattended-Upgrade "1";
        """

    private func apt(
        _ dump: String, isInstalled: Bool = true, _ clock: UpdatesCheck.Clock = .runs("a timer does")
    ) -> DoctorCheck {
        UpdatesCheck.apt(dump, isInstalled: isInstalled, clock)
    }

    @Test func `installed, switched on and run is a pass`() {
        #expect(apt(on).status == .pass)
        #expect(apt(on.replacing("Upgrade \"1\"", with: "Upgrade \"7\"")).status == .pass)
    }

    @Test func `what is missing is named`() {
        #expect(apt(on, isInstalled: false).status == .fail)
        #expect(apt(on.replacing("Upgrade \"1\"", with: "Upgrade \"0\"")).status == .fail)
        #expect(apt(on.replacing("Lists \"1\"", with: "Lists \"0\"")).status == .fail)
        #expect(apt(on + "\nAPT::Periodic::Enable \"0\";").status == .fail)
        #expect(apt(on, .still("the timer is not active")).status == .fail)
        #expect(apt(on, .unknown("no systemctl")).status == .unknown)
    }

    @Test func `dnf has to install, and not only to download`() {
        func dnf(
            _ file: String, _ downloads: UpdatesCheck.Clock, _ installs: UpdatesCheck.Clock = .still("no")
        ) -> DoctorCheck {
            UpdatesCheck.dnf(file, downloads: downloads, installs: installs)
        }
        #expect(dnf("[commands]\napply_updates = yes\n", .runs("it runs")).status == .pass)
        #expect(dnf("[commands]\n# apply_updates = yes\napply_updates = no\n", .runs("it runs")).status == .fail)
        #expect(dnf("", .runs("it runs"), .runs("it installs")).status == .pass)
        #expect(dnf("apply_updates = yes", .still("it does not")).status == .fail)
        #expect(dnf("apply_updates = yes", .unknown("no systemd"), .unknown("no systemd")).status == .unknown)
    }
}
