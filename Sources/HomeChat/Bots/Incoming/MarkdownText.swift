import Foundation

/// Words of strangers in a message of ours: names and titles that are to be read, and not to mean anything.
enum MarkdownText {
    static let longestLine = 300
    /// Between a mark and a name: nothing is seen of it, and nobody is addressed.
    private static let joiner: Unicode.Scalar = "\u{2060}"

    /// One line of plain words.
    static func inline(_ text: String, atMost limit: Int = longestLine) -> String { escaped(oneLine(text, limit)) }

    private static func oneLine(_ text: String, _ limit: Int) -> String {
        cut(text.prefix(limit * 4).split(whereSeparator: \.isWhitespace).joined(separator: " "), to: limit)
    }

    /// Several lines, each as a quote.
    static func quote(_ text: String, atMost limit: Int) -> String {
        let lines = cut(text.trimmingCharacters(in: .whitespacesAndNewlines), to: limit)
            .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        return lines.map { "> " + escaped($0.trimmingCharacters(in: .whitespaces)) }.joined(separator: "\n")
    }

    static func bold(_ text: String, atMost limit: Int = longestLine) -> String {
        let words = inline(text, atMost: limit)
        return words.isEmpty ? "" : "**\(words)**"
    }

    /// - Returns: the words alone where the address is none that may be followed.
    static func link(_ text: String, to address: String?) -> String {
        guard let address = address.flatMap(url) else { return inline(text) }
        // Not even an address in it is a link of its own: links in links are none.
        let words = neutral(oneLine(text, longestLine))
        return "[\(words.isEmpty ? neutral(address) : words)](<\(address)>)"
    }

    /// An address of the web, without anything that could end a link; nil for others.
    static func url(_ text: String) -> String? {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.hasPrefix("https://") || text.hasPrefix("http://"), text.utf8.count <= 2000,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x3C && $0 != 0x3E && $0 != 0x5C })
        else { return nil }
        return text
    }

    /// A short word in a code span, like a commit or a branch.
    static func code(_ text: String, atMost limit: Int = 100) -> String {
        let words = cut(clean(text).split(whereSeparator: \.isWhitespace).joined(separator: " "), to: limit)
            .replacing("`", with: "'")
        return words.isEmpty ? "" : "`\(words)`"
    }

    /// At most so many characters, and a mark where there were more.
    static func cut(_ text: String, to limit: Int, mark: String = "…") -> String {
        guard text.utf8.count > limit else { return text }
        let end = text.index(text.startIndex, offsetBy: limit, limitedBy: text.endIndex) ?? text.endIndex
        guard end < text.endIndex else { return text }
        return text[..<end].dropLast(mark.count) + mark
    }

    /// Without what steers a terminal or turns the direction of what follows; line ends stay.
    static func clean(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnfit) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.filter { !isUnfit($0) }))
    }

    private static func isUnfit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0A: false
        case 0...0x1F, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// The same words where Markdown is read. An address stays one that can be followed.
    static func escaped(_ text: String) -> String {
        if let url = url(text), url == text {
            // In angle brackets it is a link whatever is in it, and what looks like a name there is none.
            return url.utf8.allSatisfy(isPlainInAddress) ? url : "<\(url)>"
        }
        return neutral(text)
    }

    private static func neutral(_ text: String) -> String {
        let scalars = Array(clean(text).unicodeScalars)
        var result = String.UnicodeScalarView()
        var begins = true  // a line, where a few more characters mean something
        for (index, scalar) in scalars.enumerated() {
            let next = index + 1 < scalars.count ? scalars[index + 1] : nil
            let previous = index > 0 ? scalars[index - 1] : nil
            if means(scalar, after: previous, before: next) || begins && meansAtStart(scalar, before: next) {
                result.append("\\")
            } else if scalar == "." || scalar == ")", next == nil || next == " ", isNumber(before: index, in: scalars) {
                result.append("\\")
            }
            result.append(scalar)
            // What follows the last one may be a name: two values of a template can stand side by side.
            if scalar == "@" || scalar == "#", next.map(Username.isAllowed) ?? (scalar == "@") { result.append(joiner) }
            begins = scalar == "\n" || begins && scalar == " "
        }
        return String(result)
    }

    private static func means(
        _ scalar: Unicode.Scalar, after previous: Unicode.Scalar?, before next: Unicode.Scalar?
    )
        -> Bool
    {
        switch scalar {
        case "\\", "`", "*", "[", "]", "<", "~", "|": true
        // Inside a word it is a letter.
        case "_": !(isWordy(previous) && isWordy(next))
        case "&": next == "#" || isWordy(next)
        default: false
        }
    }

    private static func meansAtStart(_ scalar: Unicode.Scalar, before next: Unicode.Scalar?) -> Bool {
        switch scalar {
        case "#": !(next.map(Username.isAllowed) ?? false)
        case ">", "-", "+", "=": true
        default: false
        }
    }

    /// "1." at the start of a line begins a list.
    private static func isNumber(before index: Int, in scalars: [Unicode.Scalar]) -> Bool {
        let start = scalars[..<index].lastIndex { !isDigit($0) }
        let digits = index - 1 - (start ?? -1)
        return (1...9).contains(digits) && (start.map { scalars[$0] == "\n" } ?? true)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    private static func isWordy(_ scalar: Unicode.Scalar?) -> Bool {
        scalar?.properties.isAlphabetic ?? false || scalar.map(isDigit) ?? false
    }

    private static func isPlainInAddress(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case _ where "./?&=%+:_-".utf8.contains(byte): true
        default: false
        }
    }
}
