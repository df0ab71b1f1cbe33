import Cable
import Foundation
import Hummingbird
import Logging
import Storage

/// Turns whatever a handler throws into an answer, once: JSON for scripts, a page for people.
struct ErrorResponses: RouterMiddleware {
    typealias Context = AppContext

    let page: @Sendable (ErrorAnswer, Request, AppContext) async -> Response

    func handle(
        _ request: Request, context: AppContext, next: (Request, AppContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return await answer(error, request, context)
        }
    }

    /// For middleware that refuses before it comes to this one.
    func answer(_ error: any Error, _ request: Request, _ context: AppContext) async -> Response {
        let answer = ErrorAnswer(error, requestID: context.id)
        if answer.status == .internalServerError || error is SealError || error is FileTrouble {
            // The type alone: a description may carry what the request said.
            context.logger.error(
                "request failed", metadata: ["error_type": "\(type(of: error))", "error": "\(Self.summary(error))"])
        }
        var response = request.wantsJSON || request.isOfScript ? answer.json : await page(answer, request, context)
        response.headers[.cacheControl] = "no-store"
        for field in answer.headers { response.headers[field.name] = field.value }
        if let wait = answer.retryAfter { response.headers[.retryAfter] = String(wait.components.seconds) }
        if answer.status == .contentTooLarge { response.headers[.connection] = "close" }
        return response
    }

    private static func summary(_ error: any Error) -> String {
        switch error {
        case let error as StorageError: "\(error)"
        case let error as SealError: "\(error)"
        case let error as FileTrouble: "\(error)"
        default: "unexpected"
        }
    }
}

/// What a refused or failed request is told.
struct ErrorAnswer: Sendable {
    let status: HTTPResponse.Status
    let message: String
    /// For an unfit value: the field's problem, as the contract lists them.
    let errors: [String]
    let retryAfter: Duration?
    /// What the status wants said besides, like `Allow`.
    let headers: HTTPFields
    /// The person has to show the password again, and then it works.
    let needsProof: Bool
    /// Nothing is changed for anybody at the moment.
    let isReadOnly: Bool
    let requestID: String

    /// Nobody knows when it ends; asking once a minute costs nothing.
    private static let readOnlyPause = Duration.seconds(60)
    /// Until somebody has seen to what is missing.
    private static let unreadyPause = Duration.seconds(60)

    init(_ error: any Error, requestID: String) {
        self.requestID = requestID
        var errors: [String] = []
        var retryAfter: Duration?
        let chatError = Self.chatError(error)
        switch chatError {
        case .invalid(let field, let problem)?:
            status = .unprocessableContent
            errors = ["\(field) \(problem)"]
        case .missing?, .malformed?: status = .badRequest
        case .unauthenticated?: status = .unauthorized
        case .keptOut(_, let wait)?:
            status = .unauthorized
            retryAfter = wait
        case .forbidden?, .proofNeeded?: status = .forbidden
        case .notFound?: status = .notFound
        case .conflict?: status = .conflict
        case .tooLarge?, .fileTooLarge?: status = .contentTooLarge
        case .storageFull?: status = .noRoom
        case .unsupportedType?: status = .unsupportedMediaType
        case .tooMany(let wait)?:
            status = .tooManyRequests
            retryAfter = wait
        case .unavailable(let wait)?:
            status = .serviceUnavailable
            retryAfter = wait
        case .unready?:
            status = .serviceUnavailable
            retryAfter = Self.unreadyPause
        case .readOnly?:
            status = .serviceUnavailable
            retryAfter = Self.readOnlyPause
        case nil:
            status = (error as? any HTTPResponseError)?.status ?? .internalServerError
        }
        message = chatError?.description ?? Self.words(for: status)
        headers = Self.headers(error)
        self.errors = errors
        self.retryAfter = retryAfter
        needsProof = chatError == .proofNeeded
        isReadOnly = chatError == .readOnly
    }

    private static func headers(_ error: any Error) -> HTTPFields {
        var headers: HTTPFields = [:]
        switch error {
        case let refusal as RateRefusal: headers.tell(refusal.verdict)
        case let error as HTTPError: headers = error.headers
        default: break
        }
        return headers
    }

    private static func chatError(_ error: any Error) -> ChatError? {
        switch error {
        case let error as ChatError: error
        case let error as StorageError: ChatError(error)
        case let trouble as FileTrouble: trouble.isFull ? .storageFull : .unavailable(retryAfter: .seconds(5))
        case let refusal as RateRefusal: .tooMany(retryAfter: refusal.retryAfter)
        // The server stops, and whoever asked is too slow for that.
        case is CancellationError: .unavailable(retryAfter: .seconds(5))
        case is BrokenRequest: .malformed("the body of the request is broken or not complete")
        // The master key is being rotated, and this node is about to hear of it.
        case SealError.otherKey: .unavailable(retryAfter: .seconds(5))
        default: nil
        }
    }

    private static func words(for status: HTTPResponse.Status) -> String {
        switch status {
        case .notFound: "nothing here"
        case .misdirectedRequest: "this server does not answer to that name"
        case .preconditionFailed: "it is not the one that the request names"
        case .rangeNotSatisfiable: "the file ends before the part that was asked for"
        case .methodNotAllowed: "this address does not take that method"
        case .internalServerError: "something went wrong here; the log has the request's id"
        default: status.reasonPhrase.lowercased()
        }
    }

    var json: Response {
        struct Body: Encodable {
            let success = false
            let error: String
            let errors: [String]?
            let requiresProof: Bool?
            let readOnly: Bool?
            let requestID: String

            enum CodingKeys: String, CodingKey {
                case success, error, errors
                case requiresProof = "requires_proof"
                case readOnly = "read_only"
                case requestID = "request_id"
            }
        }
        let body = Body(
            error: message, errors: errors.isEmpty ? nil : errors, requiresProof: needsProof ? true : nil,
            readOnly: isReadOnly ? true : nil, requestID: requestID)
        return (try? JSONBody.response(body, status: status)) ?? Response(status: status)
    }
}

extension Request {
    /// Scripts and our own page's fetches get JSON; a person who follows a link gets a page.
    var wantsJSON: Bool {
        if uri.path.hasPrefix("/api/") || uri.path.hasPrefix("/cable") || uri.holdsSecret { return true }
        let accept = headers[.accept] ?? ""
        return accept.contains("application/json") && !accept.contains("text/html")
    }
}

extension Request {
    /// No person follows a link with a token in hand: a script that is sent to a page to sign in takes that page for what it
    /// asked for.
    fileprivate var isOfScript: Bool {
        BearerSecret(headers) != .none && !(headers[.accept] ?? "").contains("text/html")
    }
}

extension HTTPResponse.Status {
    /// RFC 4918, 11.5.
    static let noRoom = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
}
