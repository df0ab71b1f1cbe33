import Testing

@testable import HomeChat

@Suite struct AnswerReadingTests {
    private func read(_ pieces: String..., most: Int = 8_000) throws -> ModelAnswer {
        var reading = AnswerReading(maximumCharacters: most)
        for piece in pieces { try reading.take(Array(piece.utf8)) }
        try reading.finish()
        return reading.answer
    }

    private static func delta(_ delta: String, reason: String = "null") -> String {
        "data: {\"choices\":[{\"index\":0,\"delta\":\(delta),\"finish_reason\":\(reason)}]}\n\n"
    }

    private static let stop = delta("{}", reason: "\"stop\"")

    @Test func `words come one after the other`() throws {
        let answer = try read(
            Self.delta("{\"role\":\"assistant\",\"content\":\"\"}"), Self.delta("{\"content\":\"He\"}"),
            Self.delta("{\"content\":\"llo\"}"), Self.stop, "data: [DONE]\n\n", "data: what follows is nothing\n\n")
        #expect(answer.text == "Hello" && answer.isWhole && answer.calls.isEmpty)
    }

    @Test func `an endpoint that does not stream is understood too`() throws {
        let answer = try read("  {\"choices\":[{\"message\":{\"content\":\"Hel", "lo\"}}]}")
        #expect(answer.text == "Hello")
    }

    @Test func `calls are put together from their pieces`() throws {
        let answer = try read(
            Self.delta(
                #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"one","arguments":"{\"x\""}}]}"#),
            Self.delta("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\":1}\"}}]}"),
            Self.delta("{\"tool_calls\":[{\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"two\"}}]}"), Self.stop)
        #expect(
            answer.calls == [
                ToolCall(id: "a", name: "one", arguments: "{\"x\":1}"), ToolCall(id: "b", name: "two", arguments: ""),
            ])
    }

    @Test func `too many calls, and arguments without end, are refused`() {
        let jump = Self.delta("{\"tool_calls\":[{\"index\":5,\"function\":{\"name\":\"x\"}}]}")
        #expect(throws: AIProblem.notUnderstood) { try read(jump) }
        let many = (0...ModelAnswer.maximumCalls).map {
            Self.delta("{\"tool_calls\":[{\"index\":\($0),\"function\":{\"name\":\"x\"}}]}")
        }
        #expect(throws: AIProblem.notUnderstood) { try read(many.joined()) }
        let long = String(repeating: "x", count: ModelAnswer.maximumArguments + 1)
        #expect(throws: AIProblem.tooLong) {
            try read(Self.delta("{\"tool_calls\":[{\"function\":{\"name\":\"x\",\"arguments\":\"\(long)\"}}]}"))
        }
    }

    @Test(arguments: [
        ("", AIProblem.empty), ("   \n", .empty), ("<html>", .notUnderstood), ("{\"choices\":", .notUnderstood),
        ("{}", .notUnderstood), ("null", .notUnderstood), ("data: {}\n\n", .notUnderstood),
        ("data: nonsense\n\n", .notUnderstood), ("data: {\"error\":{\"message\":\"x\"}}\n\n", .failed),
        ("{\"error\":\"x\"}", .failed), (": only a remark\n\n", .notUnderstood),
        (delta("{\"content\":\"half\"}"), .cutOff), (delta("{\"content\":\"x\"}", reason: "\"length\""), .cutOff),
    ])
    func `what is no answer`(_ body: String, _ problem: AIProblem) {
        #expect(throws: problem) { try read(body) }
    }

    @Test func `an answer is no longer than it may be, and what was said is kept`() throws {
        var reading = AnswerReading(maximumCharacters: 5)
        try reading.take(Array(Self.delta("{\"content\":\"12345\"}").utf8))
        #expect(throws: AIProblem.tooLong) { try reading.take(Array(Self.delta("{\"content\":\"67\"}").utf8)) }
        #expect(reading.text == "12345")
    }

    @Test func `an address is that of the version where it has no path`() {
        func url(_ text: String) -> String? { ModelClient.url(of: text, allowsPlain: true)?.text }
        #expect(url("http://litellm:4000") == "http://litellm:4000/v1/chat/completions")
        #expect(url("http://litellm:4000/") == "http://litellm:4000/v1/chat/completions")
        #expect(url("https://ai.example.org/openai/v1/") == "https://ai.example.org/openai/v1/chat/completions")
        #expect(url("https://ai.example.org/v1?x=1") == nil && url("ai.example.org") == nil)
    }
}
