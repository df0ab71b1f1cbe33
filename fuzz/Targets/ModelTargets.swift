import Foundation

@testable import HomeChat

extension FuzzTarget {
    /// What a model's server sends. Cut in two at a place that the first byte chooses, it is the same answer.
    static let model = FuzzTarget(name: "model") { bytes in
        guard let first = bytes.first else { return }
        let body = Array(bytes.dropFirst())
        let cut = body.isEmpty ? 0 : Int(first) % (body.count + 1)
        let whole = read([body])
        let parts = read([Array(body[..<cut]), Array(body[cut...])])
        precondition(whole.problem == parts.problem, "another end")
        if whole.problem == nil {
            precondition(whole.answer == parts.answer, "another answer")
            precondition(whole.answer.text.count <= 200 && whole.answer.calls.count <= ModelAnswer.maximumCalls)
        }
        var events = ServerSentEvents()
        var single = ServerSentEvents()
        let together = try? events.take(body)
        let apart = try? body.flatMap { try single.take([$0]) }
        precondition(together == apart && events.finish() == single.finish(), "other events")
        for call in whole.answer.calls { decide(call) }
        decide(ToolCall(id: "", name: HomeTools.serviceTool, arguments: text(body)))
    }

    private static func read(_ pieces: [[UInt8]]) -> (answer: ModelAnswer, problem: AIProblem?) {
        var reading = AnswerReading(maximumCharacters: 200)
        do {
            for piece in pieces { try reading.take(piece) }
            try reading.finish()
            return (reading.answer, nil)
        } catch {
            return (reading.answer, error)
        }
    }

    /// Nothing that is not on the list is ever proposed, and what is shown of it is one line.
    private static func decide(_ call: ToolCall) {
        let tools = HomeTools(stored: ["light.*", "sensor.outside"], services: ["light.turn_on"])
        switch tools.decide(call) {
        case .ask(let proposal):
            precondition(proposal.service == "light.turn_on")
            precondition(proposal.entities.allSatisfy { $0.hasPrefix("light.") || $0 == "sensor.outside" })
            precondition(proposal.words.count <= ServiceCall.longest && !proposal.words.contains("\n"))
        case .read(let entity):
            precondition(entity.map { $0.hasPrefix("light.") || $0 == "sensor.outside" } ?? true)
        case .refuse: break
        }
    }
}
