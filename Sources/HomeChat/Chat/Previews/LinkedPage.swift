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
            // Other letters than ASCII's as their bytes, as browsers ask for them.
            guard let address = URL(string: String(link.prefix { $0 != "#" }))?.absoluteString,
                OutboundURL(address, allowsPlain: true) != nil, !addresses.contains(address)
            else { continue }
            addresses.append(address)
            if addresses.count == perMessage { break }
        }
        return addresses
    }
}
