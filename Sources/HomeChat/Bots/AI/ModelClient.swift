import AsyncHTTPClient
import Foundation
import Logging
import NIOCore

/// An endpoint that speaks as OpenAI's does: LiteLLM, Ollama, llama.cpp, or OpenAI itself.
struct ModelClient: Sendable {
    /// Of one answer, with all that is wrapped around its words.
    static let maximumBytes = 4 << 20
    /// Of its words: a message holds 10,000.
    static let maximumCharacters = 8_000
    /// How long an endpoint may say nothing, at the start and in the middle.
    static let silence = Duration.seconds(60)

    let url: OutboundURL
    let key: String?
    let model: String
    let outbound: Outbound
    var maximumCharacters = Self.maximumCharacters

    /// - Parameter base: as admins know it: `http://127.0.0.1:11434/v1`; without a path it is that of `/v1`.
    static func url(of base: String, allowsPlain: Bool) -> OutboundURL? {
        guard let plain = OutboundURL(base, allowsPlain: allowsPlain), !base.contains("?") else { return nil }
        let trimmed = plain.text.hasSuffix("/") ? String(plain.text.dropLast()) : plain.text
        let hasPath = !(URL(string: trimmed)?.path ?? "").isEmpty
        return OutboundURL(trimmed + (hasPath ? "" : "/v1") + "/chat/completions", allowsPlain: allowsPlain)
    }

    /// - Parameter take: told the words so far, as more come.
    func answer(
        _ messages: [ModelMessage], tools: [JSONValue], _ take: @escaping @Sendable (String) async -> Void
    ) async throws(AIProblem) -> ModelAnswer {
        do {
            let asked = ModelRequest(model: model, messages: messages, tools: tools.isEmpty ? nil : tools)
            var request = Outbound.Request(url: url)
            request.json = Array(try JSONBody.data(asked))
            request.headers = [("Accept", "text/event-stream")]
            if let key { request.headers.append(("Authorization", "Bearer \(key)")) }
            return try await outbound.exchange(request) { response in try await read(response, take) }
        } catch let problem as AIProblem {
            throw problem
        } catch let problem as OutboundProblem {
            throw AIProblem(problem)
        } catch {
            throw .unreachable
        }
    }

    private func read(
        _ response: HTTPClientResponse, _ take: @Sendable (String) async -> Void
    ) async throws -> ModelAnswer {
        if let problem = AIProblem(status: Int(response.status.code)) { throw problem }
        if response.headers.first(name: "Content-Type")?.lowercased().hasPrefix("text/html") ?? false {
            throw AIProblem.notUnderstood
        }
        var reading = AnswerReading(maximumCharacters: maximumCharacters)
        var count = 0
        do {
            for try await bytes in response.body {
                count += bytes.readableBytes
                guard count <= Self.maximumBytes else { throw AIProblem.tooLong }
                try reading.take(bytes.readableBytesView)
                await take(reading.text)
                if reading.isOver { break }
            }
            try reading.finish()
        } catch {
            await take(reading.text)
            throw Self.isBroken(error) ? count == 0 ? AIProblem.unreachable : .cutOff : error
        }
        await take(reading.text)
        return reading.answer
    }

    /// The other side is gone in the middle of what it said.
    private static func isBroken(_ error: any Error) -> Bool {
        if let error = error as? HTTPClientError { return error != .readTimeout && error != .cancelled }
        return !(error is AIProblem) && !(error is CancellationError)
    }
}

extension ModelClient: Undescribed {}

/// Reads an answer from its bytes: an event stream, or JSON in one piece.
struct AnswerReading: Sendable {
    let maximumCharacters: Int
    private(set) var answer = ModelAnswer()
    /// Blank space before it can be told what this is.
    private var start: [UInt8] = []
    private var events = ServerSentEvents()
    /// Of an answer in one piece.
    private var json: [UInt8] = []
    private var isStream: Bool?
    private var isEnded = false
    private var hasAnything = false

    init(maximumCharacters: Int = ModelClient.maximumCharacters) {
        self.maximumCharacters = maximumCharacters
    }

    /// Its words, as many as there may be.
    var text: String { String(answer.text.prefix(maximumCharacters)) }

    /// Nothing that follows counts.
    var isOver: Bool { isEnded }

    mutating func take(_ bytes: some Collection<UInt8>) throws(AIProblem) {
        guard !isEnded else { return }
        guard isStream == nil else { return try takeKnown(bytes) }
        start += bytes
        guard start.count <= ServerSentEvents.maximumBytes else { throw .tooLong }
        guard let first = start.first(where: { !Self.space.contains($0) }) else { return }
        guard first != UInt8(ascii: "<") else { throw .notUnderstood }
        isStream = first != UInt8(ascii: "{")
        try takeKnown(start)
        start = []
    }

    private mutating func takeKnown(_ bytes: some Collection<UInt8>) throws(AIProblem) {
        guard isStream == false else {
            for event in try events.take(bytes) where !isEnded { try take(event: event) }
            return
        }
        json += bytes
        guard json.count <= ServerSentEvents.maximumBytes else { throw .tooLong }
    }

    /// There are no more bytes.
    mutating func finish() throws(AIProblem) {
        if isStream == false {
            try take(event: json)
        } else if let event = events.finish(), !isEnded {
            try take(event: event)
        }
        guard hasAnything else { throw isStream == nil ? .empty : .notUnderstood }
        guard answer.isWhole || isStream == false, !answer.isShortened else { throw .cutOff }
    }

    private mutating func take(event: [UInt8]) throws(AIProblem) {
        hasAnything = true
        if event.elementsEqual("[DONE]".utf8) { isEnded = true }
        try answer.take(event)
        let isShort = answer.text.utf8.count <= maximumCharacters || answer.text.count <= maximumCharacters
        guard isShort else { throw .tooLong }
    }

    private static let space = Set(" \t\r\n".utf8 + [0xEF, 0xBB, 0xBF])
}
