import Foundation

/// What a file is called, made fit to be shown and to be saved under.
enum FileName {
    static let maximumCharacters = 200
    private static let longestExtension = 10

    /// The last part of a path in either direction, in one line, without what cannot be seen or turns the direction:
    /// `gpj.exe` must not look like `exe.jpg`. Never empty.
    /// - Parameter text: percent-encoded or not: Home Assistant's library encodes names in a form that others send as they are.
    static func displayed(_ text: String) -> String {
        let decoded = text.removingPercentEncoding ?? text
        let last = decoded.split(omittingEmptySubsequences: true, whereSeparator: { $0 == "/" || $0 == "\\" }).last
        let visible = String(String.UnicodeScalarView((last ?? "").unicodeScalars.filter { !$0.isUnprintable }))
            .precomposedStringWithCanonicalMapping.trimmingCharacters(in: .whitespaces)
        let name = visible.allSatisfy { $0 == "." } ? "file" : visible
        return name.count <= maximumCharacters ? name : shortened(name)
    }

    /// The end says what it is, so the middle goes.
    private static func shortened(_ name: String) -> String {
        guard let dot = name.lastIndex(of: "."), name.distance(from: dot, to: name.endIndex) <= longestExtension + 1
        else { return String(name.prefix(maximumCharacters)) }
        let ending = name[dot...]
        return String(name.prefix(maximumCharacters - ending.count) + ending)
    }
}
