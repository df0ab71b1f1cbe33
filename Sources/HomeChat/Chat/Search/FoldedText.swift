/// A text as it is compared, letter by letter, each knowing where in the original it comes from.
struct FoldedText: Sendable {
    private(set) var scalars: [Unicode.Scalar] = []
    /// For each of `scalars` the byte of the original at which its character begins; empty unless asked for.
    private(set) var origins: [Int] = []

    init(_ text: String, traced: Bool = false) {
        let bytes = Array(text.utf8)
        scalars.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            // A mark may follow and belong to it.
            if bytes[position] < 0x80, position + 1 == bytes.count || bytes[position + 1] < 0x80 {
                scalars.append(Folding.fold(ascii: bytes[position]))
                if traced { origins.append(position) }
                position += 1
            } else {
                let end = bytes[(position + 1)...].firstIndex { $0 < 0x80 } ?? bytes.count
                append(String(decoding: bytes[position..<end], as: UTF8.self), from: position, traced)
                position = end
            }
        }
    }

    /// - Parameter folded: what `text` gave before.
    init(folded: String) {
        scalars = Array(folded.unicodeScalars)
    }

    private mutating func append(_ text: String, from start: Int, _ traced: Bool) {
        var position = start
        for character in text {
            let before = scalars.count
            Folding.append(character, to: &scalars)
            if traced { origins += repeatElement(position, count: scalars.count - before) }
            position += character.utf8.count
        }
    }

    var text: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
