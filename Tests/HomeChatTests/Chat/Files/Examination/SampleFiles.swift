import CZlib
import Foundation

/// Small images, written byte by byte.
enum SampleFiles {
    /// 8 bits, red, green and blue: a gradient.
    static func png(
        width: Int = 12, height: Int = 10, before: [UInt8] = [], pixels: [UInt8]? = nil, after: [UInt8] = []
    ) -> [UInt8] {
        let rows = pixels ?? (0..<height).flatMap { row(width, $0) }
        let header = bigEndian(width) + bigEndian(height) + [8, 2, 0, 0, 0]
        var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        bytes += part("IHDR", header) + before
        bytes += part("IDAT", deflated(rows))
        bytes += part("IEND", []) + after
        return bytes
    }

    private static func row(_ width: Int, _ y: Int) -> [UInt8] {
        var row: [UInt8] = [0]
        for x in 0..<width { row += [UInt8(x * 20 % 256), UInt8(y * 20 % 256), 128] }
        return row
    }

    static func part(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let checked = Array(name.utf8) + content
        return bigEndian(content.count) + checked + bigEndian(Int(crc32(0, checked, UInt32(checked.count))))
    }

    static func deflated(_ bytes: [UInt8]) -> [UInt8] {
        var size = compressBound(UInt(bytes.count))
        var packed = [UInt8](repeating: 0, count: Int(size))
        guard compress2(&packed, &size, bytes, UInt(bytes.count), 9) == Z_OK else { return [] }
        return Array(packed.prefix(Int(size)))
    }

    /// Four colours; each picture is of one of them. Delays in hundredths of a second, 0 loops: for ever.
    static func gif(
        width: Int = 12, height: Int = 10, delays: [Int] = [0], loops: Int? = nil, comment: String? = nil
    ) -> [UInt8] {
        var bytes = Array("GIF89a".utf8) + littleEndian(width) + littleEndian(height) + [0x81, 0, 0]
        bytes += [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]
        if let loops { bytes += [0x21, 0xFF, 11] + "NETSCAPE2.0".utf8 + [3, 1] + littleEndian(loops) + [0] }
        if let comment { bytes += [0x21, 0xFE, UInt8(comment.utf8.count)] + comment.utf8 + [0] }
        let size = littleEndian(width) + littleEndian(height)
        let pixels = (0..<min(4, delays.count)).map { colourCodes(UInt8($0), count: width * height) }
        for (number, delay) in delays.enumerated() {
            bytes += [0x21, 0xF9, 4, 0] + littleEndian(delay) + [0, 0]
            bytes += [0x2C, 0, 0, 0, 0] + size + [0]
            bytes += pixels[number % 4]
        }
        return bytes + [0x3B]
    }

    /// LZW without a dictionary: every code stands for one pixel, and the table is emptied before it grows.
    private static func colourCodes(_ colour: UInt8, count: Int) -> [UInt8] {
        var bits: [Bool] = []
        func write(_ code: UInt8) { bits += (0..<3).map { code >> $0 & 1 == 1 } }
        for number in 0..<count {
            if number % 2 == 0 { write(4) }
            write(colour)
        }
        write(5)
        let bytes = stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<min(start + 8, bits.count)].enumerated().reduce(UInt8(0)) {
                $0 | ($1.element ? 1 << $1.offset : 0)
            }
        }
        let blocks = stride(from: 0, to: bytes.count, by: 255).flatMap { start in
            let block = bytes[start..<min(start + 255, bytes.count)]
            return [UInt8(block.count)] + block
        }
        return [2] + blocks + [0]
    }

    /// One page with a black square. Readers mend the missing table of objects.
    static func pdf(width: Int = 300, height: Int = 200) -> [UInt8] {
        let drawing = "0 0 0 rg 20 20 100 100 re f"
        return Array(
            """
            %PDF-1.4
            1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
            2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
            3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 \(width) \(height)] /Contents 4 0 R >> endobj
            4 0 obj << /Length \(drawing.utf8.count) >> stream
            \(drawing)
            endstream endobj
            trailer << /Root 1 0 R >>
            %%EOF

            """.utf8)
    }

    static func littleEndian(_ number: Int) -> [UInt8] { [UInt8(number & 0xFF), UInt8(number >> 8 & 0xFF)] }

    static func bigEndian(_ number: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(number >> $0 & 0xFF) } }
}

/// What stands in a GIF, without its pixels.
struct GIFContents {
    var width = 0
    var height = 0
    /// In hundredths of a second, one for each picture.
    var delays: [Int] = []
    var loops: Int?
    var comments = 0

    init?(_ bytes: [UInt8]) {
        guard bytes.starts(with: "GIF89a".utf8), bytes.count > 13 else { return nil }
        func number(_ at: Int) -> Int { Int(bytes[at]) | Int(bytes[at + 1]) << 8 }
        func tableSize(_ flags: UInt8) -> Int { flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1) }
        width = number(6)
        height = number(8)
        var at = 13 + tableSize(bytes[10])
        while at + 10 < bytes.count, bytes[at] != 0x3B {
            if bytes[at] == 0x21 {
                switch bytes[at + 1] {
                case 0xF9: delays.append(number(at + 4))
                case 0xFE: comments += 1
                case 0xFF where bytes[at + 2] == 11 && at + 18 < bytes.count: loops = number(at + 16)
                default: break
                }
                at += 2
            } else {
                at += 10 + tableSize(bytes[at + 9]) + 1
            }
            while at < bytes.count, bytes[at] != 0 { at += 1 + Int(bytes[at]) }
            at += 1
        }
    }
}
