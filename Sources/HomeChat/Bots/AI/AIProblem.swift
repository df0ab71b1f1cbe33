/// Why a model gave no answer, or no whole one; in our words, since those of the other side are a stranger's.
enum AIProblem: Error, Equatable, Sendable {
    case notSetUp
    case forbiddenAddress
    case unreachable
    case untrusted
    case tooSlow
    case refusedKey
    case unknownModel
    case busy
    case failed
    case refused
    case notUnderstood
    case tooLong
    case cutOff
    case empty
    case interrupted
    case tooManyRounds

    /// How it reads on from "I cannot answer right now: ".
    var words: String {
        switch self {
        case .notSetUp: "no model was set up for me."
        case .forbiddenAddress: "the model is at an address that I may not connect to."
        case .unreachable: "the model cannot be reached."
        case .untrusted: "the certificate of the model's server is not trusted."
        case .tooSlow: "the model did not answer in time."
        case .refusedKey: "the model's server does not take my key."
        case .unknownModel: "the model's server does not know my model, or is at another address."
        case .busy: "the model is busy. Try again in a moment."
        case .failed: "the model's server has a problem."
        case .refused: "the model's server did not take the question."
        case .notUnderstood: "the model's server said something that I do not understand."
        case .tooLong: "the model's answer was too long."
        case .cutOff: "the model's answer was cut off."
        case .empty: "the model said nothing."
        case .interrupted: "I was interrupted. Ask me again."
        case .tooManyRounds: "I looked up more than I may for one question."
        }
    }

    /// The whole message, where nothing was said yet.
    var message: String { "I cannot answer right now: \(words)" }

    /// What ends an answer that had begun.
    var ending: String {
        switch self {
        case .tooSlow: "(The model stopped answering in time.)"
        case .tooLong: "(The answer is longer than one message, and ends here.)"
        case .interrupted: "(I was interrupted here.)"
        case .tooManyRounds: "(I looked up more than I may for one question.)"
        default: "(The answer was cut off here.)"
        }
    }

    init(_ problem: OutboundProblem) {
        switch problem {
        case .unknownName, .unreachable: self = .unreachable
        case .forbiddenAddress: self = .forbiddenAddress
        case .untrusted, .authorityFile: self = .untrusted
        case .tooSlow: self = .tooSlow
        case .tooLong: self = .tooLong
        }
    }

    /// nil for a status that an answer comes with.
    init?(status: Int) {
        switch status {
        case 200..<300: return nil
        case 401, 403: self = .refusedKey
        case 404: self = .unknownModel
        case 408, 504: self = .tooSlow
        case 429, 503: self = .busy
        case 500...: self = .failed
        default: self = .refused
        }
    }
}
