import NIOCore
import Testing

@testable import Cable

@Suite struct ParsingTests {
    private func parse(_ text: String) -> CableCommand? { CableCommand(parsing: ByteBuffer(string: text)) }

    @Test func `numbers come as 1, 1.0 or text`() throws {
        let json = #"{"a":1,"b":1.0,"c":"1","d":1.5,"e":"x","f":1e300,"g":true}"#
        let values = try #require(JSONReader.object(Array(json.utf8)))
        let parameters = CableParameters(values)
        #expect(["a", "b", "c"].allSatisfy { parameters.integer($0) == 1 })
        #expect(["d", "e", "f", "g", "h"].allSatisfy { parameters.integer($0) == nil })
        #expect(parameters.boolean("g") == true && parameters.boolean("h") == nil)
        #expect(parameters.string("e") == "x" && parameters.string("a") == nil)
    }

    @Test func `identifiers are compared by bytes, however they are escaped`() throws {
        let plain = parse(#"{"command":"subscribe","identifier":"{\"a\":\"/é\"}"}"#)
        let escaped = parse(#"{"command":"subscribe","identifier":"{\u0022a\u0022:\"\/\u00e9\"}"}"#)
        let decomposed = parse("{\"command\":\"subscribe\",\"identifier\":\"{\\\"a\\\":\\\"/e\u{301}\\\"}\"}")
        #expect(plain == escaped)
        #expect(plain != decomposed)
    }

    @Test func `nothing that a client can send stops the parser`() {
        var random = SystemRandomNumberGenerator()
        let data = #","data":"{\"action\":\"x\",\"n\":[1,-2.5e3,null]}""#
        let seed = Array(Spelling.chat(7).command("message", data).utf8)
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(contentsOf: Array(#"\"{[,:u"#.utf8).shuffled(), at: place)
                default: bytes = Array(bytes[...place])
                }
                if bytes.isEmpty { bytes = [0] }
            }
            let command = CableCommand(parsing: ByteBuffer(bytes: bytes))
            if case .message(let identifier, _) = command { _ = identifier.parameters }
            var reader = CableFrameReader(maximumBytes: 1000)
            reader.receive(ByteBuffer(bytes: bytes))
            while let message = try? reader.next() { _ = message }
        }
    }
}
