import Testing

@testable import HomeChat

@Suite struct ServerSentEventsTests {
    private func events(_ text: String, finishing: Bool = true) throws -> [String] {
        var parser = ServerSentEvents()
        var found = try parser.take(text.utf8)
        if finishing, let last = parser.finish() { found.append(last) }
        return found.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: ["\n", "\r\n", "\r"])
    func `lines end in each of the three ways`(_ end: String) throws {
        let text = ["data: one", "data: two", "", "data:three", ""].joined(separator: end) + end
        #expect(try events(text, finishing: false) == ["one\ntwo", "three"])
    }

    @Test func `an event that is cut anywhere is the same event`() throws {
        let text = "\u{FEFF}data: {\"a\": \"ä\"}\r\n\r\n: nothing\n\ndata: b\n\n"
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            var parser = ServerSentEvents()
            let found = try parser.take(bytes[..<cut]) + parser.take(bytes[cut...])
            #expect(found.map { String(decoding: $0, as: UTF8.self) } == ["{\"a\": \"ä\"}", "b"])
        }
    }

    @Test func `only data counts, with one space less`() throws {
        #expect(try events("event: x\nid: 3\nretry: 9\ndata:  two spaces\n\n") == [" two spaces"])
        #expect(try events("data\n\ndata:\n\ndatabase: x\n\n :x\n\n") == [])
        #expect(try events("data: not closed") == ["not closed"])
        #expect(try events("data: not closed", finishing: false) == [])
    }

    @Test func `an event without end is refused`() throws {
        var parser = ServerSentEvents()
        let line = [UInt8](repeating: 0x78, count: ServerSentEvents.maximumBytes)
        #expect(try parser.take(line).isEmpty)
        #expect(throws: AIProblem.tooLong) { try parser.take("x".utf8) }
        var many = ServerSentEvents()
        #expect(throws: AIProblem.tooLong) {
            while true { _ = try many.take("data: and so on\n".utf8) }
        }
    }
}
