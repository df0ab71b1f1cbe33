import CQRCode

/// A text as squares that a camera reads, by libqrencode.
struct QRCode: Sendable {
    /// Light modules around it that readers need (ISO/IEC 18004).
    static let quietZone = 4

    /// Modules on a side, without the quiet zone.
    let width: Int
    private let isDark: [Bool]

    /// - Throws: `invalid` for a text of more than about 2,300 bytes.
    init(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard let code = QRcode_encodeData(Int32(bytes.count), bytes, 0, QR_ECLEVEL_M) else {
            throw ChatError.invalid("text", "does not fit into a QR code")
        }
        defer { QRcode_free(code) }
        width = Int(code.pointee.width)
        isDark = UnsafeBufferPointer(start: code.pointee.data, count: width * width).map { $0 & 1 == 1 }
    }

    private subscript(_ x: Int, _ y: Int) -> Bool {
        (0..<width).contains(x) && (0..<width).contains(y) && isDark[y * width + x]
    }

    /// `viewBox` of an SVG image that holds `path`.
    var viewBox: String { "0 0 \(width + 2 * Self.quietZone) \(width + 2 * Self.quietZone)" }

    /// The dark modules as one SVG path, a rectangle for each row's run.
    var path: String {
        var path = ""
        for y in 0..<width {
            var x = 0
            while x < width {
                let start = x
                while self[x, y] { x += 1 }
                if x > start {
                    path += "M\(start + Self.quietZone) \(y + Self.quietZone)h\(x - start)v1H\(start + Self.quietZone)z"
                }
                x += 1
            }
        }
        return path
    }

    /// For a terminal: two rows a line, light modules printed, since most terminals are dark. Cameras read either.
    var text: String {
        let edge = -2..<width + 2
        return stride(from: edge.lowerBound, to: edge.upperBound, by: 2).map { y in
            edge.map { x in
                switch (self[x, y], self[x, y + 1]) {
                case (false, false): "█"
                case (false, true): "▀"
                case (true, false): "▄"
                case (true, true): " "
                }
            }.joined()
        }.joined(separator: "\n")
    }
}
