/// Why a file was not taken.
enum ExaminationProblem: Error, Equatable, Sendable, Codable, CustomStringConvertible {
    /// Of the file: the same one fails again.
    case tooManyPixels, unreadable, tooSlow, tooLarge
    /// Of this machine or this moment.
    case diskFull, cancelled
    case unavailable(String)

    var description: String {
        switch self {
        case .tooManyPixels: "the image has more pixels or frames than are allowed here"
        case .unreadable: "the image cannot be read: it is damaged or incomplete"
        case .tooSlow: "looking at the file took too long"
        case .tooLarge: "the image became too large when it was written anew without its hidden data"
        case .diskFull: "the disk of the server is full"
        case .cancelled: "looking at the file was cancelled"
        case .unavailable(let reason): "files cannot be looked at now: \(reason)"
        }
    }
}
