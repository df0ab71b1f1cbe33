import Foundation

/// An answer as it is put together from its pieces, or from the one piece of an endpoint that does not stream.
struct ModelAnswer: Sendable, Equatable {
    static let maximumCalls = 8
    static let maximumArguments = 4 << 10

    private(set) var text = ""
    private(set) var calls: [ToolCall] = []
    /// Whether the model said itself that this is all.
    private(set) var isWhole = false
    /// It ran into a limit of its own.
    private(set) var isShortened = false

    /// - Parameter data: JSON, or the word that ends a stream.
    mutating func take(_ data: [UInt8]) throws(AIProblem) {
        guard !data.elementsEqual("[DONE]".utf8) else {
            isWhole = true
            return
        }
        guard let piece = try? JSONDecoder().decode(Piece.self, from: Data(data)) else { throw .notUnderstood }
        guard piece.error == nil else { throw .failed }
        guard let choice = piece.choices?.first else { return }
        if let reason = choice.finishReason {
            isWhole = true
            isShortened = reason == "length"
        }
        let said = choice.delta ?? choice.message
        for call in said?.calls ?? [] { try take(call) }
        text += said?.content ?? ""
    }

    private mutating func take(_ piece: CallPiece) throws(AIProblem) {
        let index = piece.index ?? calls.count
        guard index >= 0, index <= calls.count, index < Self.maximumCalls else { throw .notUnderstood }
        if index == calls.count { calls.append(ToolCall(id: "call_\(index)", name: "", arguments: "")) }
        if let id = piece.id, !id.isEmpty { calls[index].id = String(id.prefix(100)) }
        calls[index].name += piece.function?.name ?? ""
        calls[index].arguments += piece.function?.arguments ?? ""
        guard calls[index].name.utf8.count <= 100, calls[index].arguments.utf8.count <= Self.maximumArguments else {
            throw .tooLong
        }
    }

    // The parts of an answer that count; some servers send `null` or other types where they have nothing to say.

    private struct Piece: Decodable {
        let choices: [Choice]?
        let error: JSONValue?

        enum CodingKeys: CodingKey { case choices, error }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            choices = try container.decodeIfPresent([Choice].self, forKey: .choices)
            error = try container.decodeIfPresent(JSONValue.self, forKey: .error)
            guard choices != nil || error != nil else {
                throw DecodingError.keyNotFound(
                    CodingKeys.choices, .init(codingPath: [], debugDescription: "no choices"))
            }
        }
    }

    private struct Choice: Decodable {
        let delta, message: Said?
        let finishReason: String?

        enum CodingKeys: String, CodingKey {
            case delta, message
            case finishReason = "finish_reason"
        }
    }

    private struct Said: Decodable {
        let content: String?
        let calls: [CallPiece]?

        enum CodingKeys: String, CodingKey {
            case content
            case calls = "tool_calls"
        }
    }

    private struct CallPiece: Decodable {
        let index: Int?
        let id: String?
        let function: Function?

        struct Function: Decodable {
            let name: String?
            let arguments: String?
        }
    }
}
