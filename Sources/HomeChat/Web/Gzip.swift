import CZlib

/// Bytes made smaller, in the form that every browser takes (RFC 1952).
enum Gzip {
    /// - Parameter nameLength: bytes of a meaningless file name in the header. A random length hides how well secret and
    ///   foreign text compress together (the BREACH attack).
    static func compress(_ input: [UInt8], level: Int32, nameLength: Int = 0) -> [UInt8]? {
        var output: [UInt8] = [0x1F, 0x8B, 8, nameLength > 0 ? 8 : 0, 0, 0, 0, 0, 0, 255]
        if nameLength > 0 { output += [UInt8](repeating: UInt8(ascii: "a"), count: nameLength) + [0] }
        guard let body = deflate(input, level: level) else { return nil }
        output += body
        let checksum = input.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
        for value in [UInt32(truncatingIfNeeded: checksum), UInt32(truncatingIfNeeded: input.count)] {
            for shift: UInt32 in [0, 8, 16, 24] { output.append(UInt8(truncatingIfNeeded: value >> shift)) }
        }
        return output
    }

    private static func deflate(_ input: [UInt8], level: Int32) -> [UInt8]? {
        var stream = z_stream()
        guard homechat_deflate_init(&stream, level) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var input = input
        let bound = Int(deflateBound(&stream, UInt(input.count)))
        return input.withUnsafeMutableBufferPointer { source in
            [UInt8](unsafeUninitializedCapacity: bound) { target, count in
                stream.next_in = source.baseAddress
                stream.avail_in = UInt32(source.count)
                stream.next_out = target.baseAddress
                stream.avail_out = UInt32(target.count)
                count = CZlib.deflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : 0
            }
        }
    }
}
