/// Where people reach the server, as its operator says. Links in letters are made of it, never of what a request says of
/// its host: whoever sends a request could choose that.
package struct PublicAddress: Sendable {
    private let origin: String?
    private let basePath: String

    init(_ settings: Settings) {
        origin = settings.publicURLs.first
        basePath = settings.basePath
    }

    /// Without it a link is only a path, for a person to put the address in front.
    package var isKnown: Bool { origin != nil }

    /// Whether a request that names its host so came to this address.
    func hasAuthority(_ authority: String) -> Bool {
        origin.map { $0.split(separator: "/", omittingEmptySubsequences: true).last ?? "" } ?? "" == authority
    }

    package func link(to path: String) -> String { (origin ?? "") + basePath + path }
}
