import Testing

@testable import HomeChat

@Suite struct QRCodeTests {
    @Test func `a code is drawn for pages and for terminals`() throws {
        let code = try QRCode("https://chat.example/")
        #expect(code.width == 25 && code.viewBox == "0 0 33 33")
        #expect(code.path.hasPrefix("M4 4h7v1H4z"))
        let lines = code.text.split(separator: "\n")
        #expect(lines.count == 15 && lines.allSatisfy { $0.count == 29 })
    }

    @Test func `a text that is too long is refused`() {
        #expect(throws: ChatError.self) { try QRCode(String(repeating: "x", count: 5000)) }
    }
}
