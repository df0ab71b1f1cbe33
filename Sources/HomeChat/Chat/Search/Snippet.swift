import Foundation

/// The part of a message in which a search found something, in pieces: text, and whether it is what was looked for.
///
/// Pieces instead of marks in the text, so that nothing in a message can pass for a mark.
struct Snippet: Equatable, Sendable {
    struct Piece: Equatable, Sendable, Encodable {
        let text: String
        let match: Bool
    }

    let pieces: [Piece]

    private static let length = 200
    /// Before the first place, so that one sees what it is about.
    private static let lead = 50
    /// A blank is waited for at most so long.
    private static let patience = 20
    /// Places that are looked for: of one term, and of all together, of which each term has its share.
    private static let most = (ofOne: 50, ofAll: 200)

    /// Of what people see of a message. With its markup, where that is what was found, or is shown as it stands.
    init(of view: MessageView, _ terms: [SearchTerm]) {
        let content = view.message.content
        let names = view.files.map(\.name)
        let plain = SearchEntry.searched(Markdown.plainText(content, atMost: .max), fileNames: names)
        let folded = FoldedText(plain).scalars
        let isSeen = !content.contains("<") && terms.allSatisfy { $0.isIn(folded) }
        let text = isSeen ? plain : SearchEntry.searched(content, fileNames: names)
        self.init(of: text.trimmingCharacters(in: .whitespacesAndNewlines), terms)
    }

    /// - Parameter text: as it was written.
    init(of text: String, _ terms: [SearchTerm]) {
        let places = Self.places(in: text, terms)
        let bytes = Array(text.utf8)
        let window = Self.window(around: places, in: bytes)
        var pieces: [Piece] = []
        func add(_ range: Range<Int>, _ isMatch: Bool) {
            let line = Self.line(String(decoding: bytes[range], as: UTF8.self))
            if !line.isEmpty { pieces.append(Piece(text: line, match: isMatch)) }
        }
        if window.lowerBound > 0 { pieces.append(Piece(text: "…", match: false)) }
        var position = window.lowerBound
        for place in places where place.lowerBound >= position && place.upperBound <= window.upperBound {
            add(position..<place.lowerBound, false)
            add(place, true)
            position = place.upperBound
        }
        add(position..<window.upperBound, false)
        if window.upperBound < bytes.count { pieces.append(Piece(text: "…", match: false)) }
        self.pieces = pieces
    }

    /// Without ends of lines in it.
    static func line(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where scalar != "\r" {
            line.append(scalar.properties.isWhitespace ? " " : scalar)
        }
        return String(line)
    }

    /// Where the terms stand in the original, in bytes: in order, and none inside another.
    static func places(in text: String, _ terms: [SearchTerm]) -> [Range<Int>] {
        let folded = FoldedText(text, traced: true)
        let end = text.utf8.count
        let share = min(most.ofOne, max(most.ofAll / max(terms.count, 1), 1))
        let ranges = terms.flatMap { $0.ranges(in: folded.scalars, atMost: share) }
        let places = ranges.map { range in
            let start = folded.origins[range.lowerBound]
            let last = folded.origins[range.upperBound - 1]
            // To where the next character begins; what folds to nothing in between belongs to the one before.
            let next = folded.origins[range.upperBound...].first { $0 > last } ?? end
            return start..<next
        }
        return joined(places)
    }

    private static func joined(_ places: [Range<Int>]) -> [Range<Int>] {
        places.sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }.reduce(into: []) {
            joined, place in
            if let last = joined.last, place.lowerBound < last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, place.upperBound)
            } else {
                joined.append(place)
            }
        }
    }

    /// The stretch with the most places in it, the earliest of those.
    private static func window(around places: [Range<Int>], in bytes: [UInt8]) -> Range<Int> {
        let best = densest(places)
        let first = best?.lowerBound ?? 0
        let start = first <= lead ? 0 : beginning(before: first - lead, in: bytes)
        let end = max(start + length, best?.upperBound ?? 0)
        return start..<(end >= bytes.count ? bytes.count : ending(after: end, in: bytes))
    }

    /// Where the most others follow closely. They are in order, so both ends of the stretch only go forward.
    private static func densest(_ places: [Range<Int>]) -> Range<Int>? {
        var best: (place: Range<Int>, count: Int)?
        var end = 0
        for (index, place) in places.enumerated() {
            while end < places.count, places[end].upperBound <= place.lowerBound + length - lead { end += 1 }
            let count = max(end - index, 0)
            if best.map({ count > $0.count }) ?? true { best = (place, count) }
        }
        return best?.place
    }

    private static func beginning(before position: Int, in bytes: [UInt8]) -> Int {
        let blank = bytes[max(position - patience, 0)..<position].lastIndex(of: 0x20)
        return blank.map { $0 + 1 } ?? character(at: position, in: bytes)
    }

    private static func ending(after position: Int, in bytes: [UInt8]) -> Int {
        bytes[position..<min(position + patience, bytes.count)].firstIndex(of: 0x20)
            ?? character(at: position, in: bytes)
    }

    /// Where the letter begins to which the byte belongs.
    private static func character(at position: Int, in bytes: [UInt8]) -> Int {
        var position = position
        while position > 0, bytes[position] & 0xC0 == 0x80 { position -= 1 }
        return position
    }
}
