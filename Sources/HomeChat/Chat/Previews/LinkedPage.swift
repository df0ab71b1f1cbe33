import Crypto
import Foundation
import Storage

/// A page of somebody else's that messages link to: fetched once for all of them.
package struct LinkedPage: Sendable {
    package typealias ID = Identifier<LinkedPage>

    package let id: ID
    package let url: String
    package let title: String
    package let summary: String
    package let site: String
    /// Made anew by our own hands; nil where there is none.
    package let image: FileContent?

    /// How long what was fetched is as good as new.
    static let freshness = Duration.days(7)
    /// A page that did not answer is asked again with the next link to it, after this.
    static let patience = Duration.hours(1)
    /// Links of one message that are looked at.
    static let perMessage = 3

    /// What a URL is found by.
    static func key(of url: String) -> String { SHA256.hash(data: Data(url.utf8)).hexadecimal }

    /// The addresses in a text that a page may be fetched from, without their fragments, each once.
    static func addresses(in text: String) -> [String] {
        guard text.contains("http") else { return [] }
        var addresses: [String] = []
        for link in Markdown.outsideLinks(of: text) {
            let address = percentEncoded(link.prefix { $0 != "#" })
            guard OutboundURL(address, allowsPlain: true) != nil, !addresses.contains(address) else { continue }
            addresses.append(address)
            if addresses.count == perMessage { break }
        }
        return addresses
    }

    /// As browsers ask for it: other letters than ASCII's are written as their bytes. In the name of a machine they stay, and
    /// make it one that is not asked.
    private static func percentEncoded(_ link: Substring) -> String {
        let start = link.range(of: "://")?.upperBound ?? link.startIndex
        guard let path = link[start...].firstIndex(where: { $0 == "/" || $0 == "?" }) else { return String(link) }
        return link[..<path]
            + link[path...].utf8.map { byte in
                byte < 0x80 ? String(UnicodeScalar(byte)) : "%" + [byte].hexadecimal.uppercased()
            }.joined()
    }
}
