import Testing

@testable import WebAuthn

@Suite struct CBORTests {
    /// Examples of RFC 8949, appendix A.
    @Test(
        arguments: [
            ([0x00], .unsigned(0)), ([0x17], .unsigned(23)), ([0x18, 0x18], .unsigned(24)),
            ([0x1B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .unsigned(.max)), ([0x20], .negative(0)),
            ([0x39, 0x03, 0xE7], .negative(999)), ([0x44, 1, 2, 3, 4], .bytes([1, 2, 3, 4])),
            ([0x62, 0xC3, 0xBC], .text("ü")), ([0x83, 1, 2, 3], .array([.unsigned(1), .unsigned(2), .unsigned(3)])),
            ([0xF4], .boolean(false)), ([0xF5], .boolean(true)), ([0xF6], .null),
        ] as [([UInt8], CBOR)])
    func `reads what the specification shows`(bytes: [UInt8], item: CBOR) throws {
        #expect(try CBOR(bytes) == item)
    }

    @Test func `a map answers by text and by number`() throws {
        let map = try CBOR([0xA3, 0x61, 0x61, 0x01, 0x03, 0x26, 0x20, 0x02] as [UInt8])
        #expect(map["a"] == .unsigned(1) && map[3]?.integer == -7 && map[-1]?.integer == 2 && map["b"] == nil)
    }

    @Test(
        arguments: [
            ([], .truncated), ([0x18], .truncated), ([0x44, 1], .truncated), ([0x82, 1], .truncated),
            ([0x5B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .truncated),
            ([0x9B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], .truncated), ([0x5F, 0xFF], .unsupported),
            ([0x9F, 0xFF], .unsupported), ([0xC0, 0x00], .unsupported), ([0xF9, 0, 0], .unsupported),
            ([0x1C], .unsupported), ([0x61, 0xFF], .notUTF8), ([0xA2, 1, 1, 1, 2], .repeatedKey),
            ([0x01, 0x01], .leftover),
            ([UInt8](repeating: 0x81, count: 20) + [0], .tooDeep),
        ] as [([UInt8], CBORError)])
    func `refuses what is broken, endless or too deep`(bytes: [UInt8], error: CBORError) {
        #expect(throws: error) { try CBOR(bytes) }
    }

    @Test func `refuses what is too much`() {
        let many = [0x99, 0x07, 0xD0] + [UInt8](repeating: 0, count: 2000)
        #expect(throws: CBORError.tooLarge) { try CBOR(many) }
        let long = [UInt8](repeating: 0, count: CBORReader.maximumBytes + 1)
        #expect(throws: CBORError.tooLarge) { try CBOR(long) }
    }

    @Test func `base64 for addresses goes there and back, and in one way only`() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 97 + 251) }
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
        for text in ["a", "AB", "AA==", "A+A/", "ü", "AA\n"] { #expect(Base64URL.decode(text) == nil, "\(text)") }
    }
}
