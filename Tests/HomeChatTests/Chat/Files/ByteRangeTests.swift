import Testing

@testable import HomeChat

@Suite struct ByteRangeTests {
    @Test(
        arguments: [
            ("bytes=0-0", 0, 0), ("bytes=0-99", 0, 99), ("bytes=10-", 10, 99), ("bytes=-1", 99, 99),
            ("bytes=-100", 0, 99),
            ("bytes=90-1000", 90, 99), ("bytes=-1000", 0, 99), ("Bytes = 1-2 ", 1, 2), ("bytes=\t5-6", 5, 6),
            ("bytes=,7-8,", 7, 8), ("bytes=007-08", 7, 8), ("bytes=3-99999999999999999999999", 3, 99),
            ("bytes=-99999999999999999999999", 0, 99),
        ] as [(String, Int64, Int64)])
    func `a range of bytes is a part of the file`(header: String, first: Int64, last: Int64) {
        #expect(ByteRange(header, of: 100) == .part(first...last))
    }

    @Test(
        arguments: [
            nil, "", "bytes", "bytes=", "bytes=-", "bytes=--1", "bytes=1", "bytes=a-b", "bytes=2-1", "bytes=1-2-3",
            "bytes=+1-2", "bytes=1 - 2", "bytes= - 2", "bytes=0x1-2", "bytes=１-２", "items=0-1", "bytes:0-1", "0-1",
            "bytes=99999999999999999999-1",
        ] as [String?])
    func `what is no range of bytes is not looked at`(header: String?) {
        #expect(ByteRange(header, of: 100) == .whole)
    }

    @Test(arguments: ["bytes=0-0,2-3", "bytes=0-,0-,0-,0-", "bytes=0-0, -1", "bytes=0-1, bytes=2-3"])
    func `of several ranges the whole comes once`(header: String) {
        #expect(ByteRange(header, of: 100) == .whole)
    }

    @Test(arguments: ["bytes=100-", "bytes=100-100", "bytes=-0", "bytes=99999999999999999999-"])
    func `a range behind the end is nothing`(header: String) {
        #expect(ByteRange(header, of: 100) == .unsatisfiable)
    }

    @Test func `an empty file has no parts`() {
        #expect(ByteRange("bytes=0-", of: 0) == .unsatisfiable)
        #expect(ByteRange("bytes=-5", of: 0) == .whole)
        #expect(ByteRange("bytes=-0", of: 0) == .unsatisfiable)
        #expect(ByteRange(nil, of: 0) == .whole)
    }
}
