import HTTPTypes
import Hummingbird
import NIOCore

/// `/api/v1/webhooks/:webhook_id` and `/hooks/:secret` (wire contract, 5).
struct IncomingWebhooksAPI: Sendable {
    let webhooks: IncomingWebhooks

    struct Answer: Encodable {
        let status = "ok"
        let message: String
        let messageID: Message.ID?

        enum CodingKeys: String, CodingKey {
            case status, message
            case messageID = "message_id"
        }
    }

    @Sendable func deliver(_ request: Request, _ context: AppContext) async throws -> Response {
        let (answer, verdict) = try await take(request, .id(context.parameters.get("webhook_id") ?? ""), context)
        var response =
            switch answer {
            case .posted(let id): try JSONBody.response(Answer(message: "posted", messageID: id))
            case .repeated: try JSONBody.response(Answer(message: "this delivery was posted before", messageID: nil))
            }
        if let verdict { response.headers.tell(verdict) }
        return response
    }

    /// For senders that can do no more than post to an address. They want to read "ok" and nothing else.
    @Sendable func hook(_ request: Request, _ context: AppContext) async throws -> Response {
        _ = try await take(request, .secret(context.parameters.get("secret") ?? ""), context)
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8"],
            body: .init(byteBuffer: .init(string: "ok")))
    }

    private func take(
        _ request: Request, _ address: IncomingWebhooks.Address, _ context: AppContext
    ) async throws -> (IncomingWebhooks.Answer, RateVerdict?) {
        let caller = context.caller(of: request)
        if Upload.isForm(request) { return try await takeForm(request, address, caller, context) }
        var incoming: IncomingRequest?
        do {
            do {
                try webhooks.admit(from: caller)
            } catch let refusal as RateRefusal {
                incoming = try await Self.read(request, context)
                throw refusal
            }
            let whole = try await Self.read(request, context)
            incoming = whole
            return try await webhooks.deliver(whole, to: address, from: caller)
        } catch let refusal as RateRefusal where incoming?.isAlertmanagers ?? false {
            // It gives up after a 429 and tries again after a 503.
            throw ChatError.unavailable(retryAfter: refusal.retryAfter)
        }
    }

    private func takeForm(
        _ request: Request, _ address: IncomingWebhooks.Address, _ caller: Caller, _ context: AppContext
    ) async throws -> (IncomingWebhooks.Answer, RateVerdict?) {
        try webhooks.admit(from: caller)
        var sender = try await webhooks.expect(request.headers, at: address, from: caller)
        let watch = UploadWatch(bytes: { sender.proof?.add($0) })
        return try await Upload.receive(request, context, into: webhooks.files, for: sender.user, watch) { upload in
            try await webhooks.deliver(upload, request.headers, from: sender)
        }
    }

    private static func read(_ request: Request, _ context: AppContext) async throws -> IncomingRequest {
        IncomingRequest(
            headers: request.headers, body: try await RequestFields.body(of: request, atMost: context.maximumBody))
    }
}
