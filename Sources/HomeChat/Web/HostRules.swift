import Foundation

/// Under which names the server answers: those that are listed, those of its public addresses and certificates, and from the
/// machine itself the machine's own.
struct HostRules: Sendable {
    private let names: Set<String>
    private static let own: Set<String> = ["localhost", "127.0.0.1", "[::1]", "::1"]

    init(_ settings: Settings) {
        let listed = settings.allowedHosts
        names = listed.isEmpty ? [] : Set(listed + settings.toldNames)
    }

    func accepts(_ authority: String?, from client: ClientAddress) -> Bool {
        guard !names.isEmpty else { return true }
        guard let name = authority.map(Self.withoutPort) else { return false }
        if names.contains(name) || names.contains(name.trimmingCharacters(in: ["[", "]"])) { return true }
        return Self.own.contains(name) && Network.isThisMachine(client.ip)
    }

    /// "chat.example.org" of "Chat.Example.org:8443", "[::1]" of "[::1]:80".
    static func withoutPort(_ authority: String) -> String {
        let text = authority.lowercased()
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") { return String(text[...end]) }
        return String(text.prefix { $0 != ":" })
    }
}
