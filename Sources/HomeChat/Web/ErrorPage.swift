import Hummingbird

/// What went wrong, in plain words, with the request's id and a way out.
struct ErrorPage: PageContent {
    static let template = "site/error"

    let title: String
    let heading: String
    let explanation: String
    let problem: String?
    let way: String
    let wayText: String
    let status: Int
    let requestId: String

    /// Where the answer's own words say more than ours.
    private static let explained: Set<HTTPResponse.Status> = [
        .forbidden, .unprocessableContent, .conflict, .badRequest, .contentTooLarge, .unsupportedMediaType,
        .noRoom,
    ]

    init(_ answer: ErrorAnswer) {
        (heading, explanation) = Self.words(for: answer)
        title = heading
        problem = Self.explained.contains(answer.status) ? answer.message.sentence : nil
        way = answer.status == .unauthorized ? "/signin" : "/"
        wayText = answer.status == .unauthorized ? "Sign in" : "Back to the chat"
        status = answer.status.code
        requestId = answer.requestID
    }

    private static func words(for answer: ErrorAnswer) -> (String, String) {
        switch answer.status {
        case .unauthorized: ("Please sign in", "This page is for people with an account.")
        case .forbidden: ("That is not yours to do", "You are signed in, but this is for somebody else.")
        case .notFound: ("Nothing is here", "The page does not exist, or you may not see it.")
        case .contentTooLarge: ("That is too large", "The server takes less at once. Send less, or in parts.")
        case .unsupportedMediaType:
            ("That is not taken here", "Something in it is of a kind that this server does not take.")
        case .preconditionFailed:
            ("It is another one by now", "What you asked for has changed. Ask again without conditions.")
        case .rangeNotSatisfiable:
            ("There is no such part", "The file ends before the part that was asked for. Ask for all of it.")
        case .noRoom: ("There is no room", "The server keeps no more files until an admin makes room.")
        case .unprocessableContent, .badRequest, .conflict:
            ("That did not work", "Something in it does not fit. Go back, change it and try again.")
        case .tooManyRequests:
            ("A moment, please", "Too many requests came from here.\(wait(answer)) Then it works again by itself.")
        case .serviceUnavailable where answer.isReadOnly:
            (
                "Read-only for now",
                "An admin has stopped all changes for a while. You can read; what you wanted to change was not changed."
            )
        case .serviceUnavailable: ("Not right now", "The server cannot do this at the moment.\(wait(answer))")
        default:
            (
                "Something went wrong here",
                "It is not your fault. If it happens again, tell the admin the request's number below."
            )
        }
    }

    private static func wait(_ answer: ErrorAnswer) -> String {
        answer.retryAfter.map { " Try again in \($0.components.seconds) seconds." } ?? ""
    }
}

extension Pages {
    /// For `ErrorResponses`: a page for people. Who is only not signed in goes to do that, and comes back.
    @Sendable func error(_ answer: ErrorAnswer, _ request: Request, _ context: AppContext) async -> Response {
        if answer.status == .unauthorized, request.method.isSafe {
            return go(to: links.signIn(returningTo: request.uri.description))
        }
        if answer.needsProof {
            return go(to: links.confirm(before: request.uri.path, isSafe: request.method.isSafe))
        }
        // The database may be what is missing; then the answer is plain.
        return (try? await showCard(ErrorPage(answer), request, context, status: answer.status)) ?? answer.json
    }
}

extension String {
    /// With a capital and a full stop, as a page says it.
    var sentence: String { prefix(1).uppercased() + dropFirst() + (hasSuffix(".") ? "" : ".") }
}

extension ChatError {
    /// What a form says above its fields; other errors have pages of their own.
    var formProblem: String? {
        switch self {
        case .invalid(let field, let problem):
            "\(field.replacing("_", with: " ")) \(problem)".sentence
        case .missing(let field): "\(field.replacing("_", with: " ")) is missing".sentence
        case .forbidden(let reason), .conflict(let reason), .malformed(let reason): reason.sentence
        case .keptOut, .tooMany: description.sentence
        case .notFound(let what): "There is no such \(what).".sentence
        default: nil
        }
    }
}
