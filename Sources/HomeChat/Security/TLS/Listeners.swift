import Certificates
import NIOCore
import Synchronization

/// Where this process listens and which certificate it shows there: known once it does.
final class Listeners: Sendable {
    enum Door: Sendable {
        /// What `port` says: TLS if there is any.
        case main
        /// What `tls.http_port` says: leads to the main one.
        case plain
        /// What `admin.port` says: with all that the main one has, and the administration, which then has no other.
        case administration
    }

    private struct State {
        var addresses: [Door: SocketAddress] = [:]
        var certificate: ServerCertificate?
        var authority: LocalAuthority?
    }

    private let doors: Set<Door>
    private let toldNames: [String]
    private let publicURLs: [String]
    private let isSecure: Bool
    private let state = Mutex(State())
    private let allOpen = AsyncStream.makeStream(of: Void.self)

    init(_ settings: Settings) {
        doors = settings.doors
        toldNames = settings.toldNames
        publicURLs = settings.publicURLs.filter { $0.hasPrefix("https://") }
        isSecure = settings.speaksTLS
    }

    /// - Returns: whether this one was the last.
    func opened(_ door: Door, _ address: SocketAddress) -> Bool {
        let isLast = state.withLock { state in
            state.addresses[door] = address
            return state.addresses.count == doors.count
        }
        if isLast { allOpen.continuation.finish() }
        return isLast
    }

    /// Waits until clients can come in by each door, or this task is cancelled.
    func whenOpen() async {
        for await _ in allOpen.stream {}
    }

    func address(of door: Door) -> SocketAddress? { state.withLock { $0.addresses[door] } }

    /// What new connections are shown from now on.
    func show(_ certificate: ServerCertificate) {
        state.withLock { $0.certificate = certificate }
    }

    func vouch(by authority: LocalAuthority) {
        state.withLock { $0.authority = authority }
    }

    var certificate: ServerCertificate? { state.withLock(\.certificate) }
    /// The household's own, with `tls: local`.
    var authority: LocalAuthority? { state.withLock(\.authority) }

    /// Where the same page is to be had over this server's own TLS; nil where there is none.
    ///
    /// Under the name that was asked for if it is one of ours, else under the first that is: whoever sends a request
    /// chooses what it says of its host.
    /// - Parameter authority: host, and perhaps a port, as a request names them.
    func secureOrigin(for authority: String) -> String? {
        guard isSecure, let port = address(of: .main)?.port else { return nil }
        // It becomes part of a header.
        let name = ContentSecurityPolicy.isHost(authority) ? HostRules.withoutPort(authority) : nil
        if let known = publicURLs.first(where: { Self.name(in: $0) == name }) { return known }
        if let name, isOurs(name) { return Self.origin(name, port) }
        return publicURLs.first ?? (mainName ?? name).map { Self.origin($0, port) }
    }

    /// Whether a page of this origin came from our plain door.
    func isPlainOrigin(_ origin: String) -> Bool {
        guard let port = address(of: .plain)?.port, origin.hasPrefix("http://") else { return false }
        let authority = origin.dropFirst("http://".count).lowercased()
        let name = HostRules.withoutPort(authority)
        return authority == name + (port == 80 ? "" : ":\(port)") && isOurs(name)
    }

    private func isOurs(_ name: String) -> Bool {
        let bare = name.trimmingCharacters(in: ["[", "]"])
        let parent = bare.split(separator: ".", maxSplits: 1).dropFirst().first.map { "*." + $0 }
        let certified = certificate?.names ?? []
        return toldNames.contains(bare) || certified.contains(bare) || parent.map(certified.contains) ?? false
    }

    /// For whoever asked for no name of ours.
    private var mainName: String? {
        toldNames.first ?? certificate?.names.first { !$0.hasPrefix("*") && $0 != "localhost" }
    }

    private static func origin(_ name: String, _ port: Int) -> String {
        let host = name.contains(":") && !name.hasPrefix("[") ? "[\(name)]" : name
        return "https://\(host)" + (port == 443 ? "" : ":\(port)")
    }

    private static func name(in url: String) -> String {
        HostRules.withoutPort(String(url.dropFirst("https://".count)))
    }
}

extension Settings {
    var doors: Set<Listeners.Door> {
        var doors: Set<Listeners.Door> = [.main]
        if plainPort != nil { doors.insert(.plain) }
        if administration.port != nil { doors.insert(.administration) }
        return doors
    }

    /// Whether pages and the API of the administration are to be had there.
    func servesAdministration(by door: Listeners.Door) -> Bool {
        administration.port == nil || door == .administration
    }
}
