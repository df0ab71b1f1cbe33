import Foundation
import HTTPTypes
import NIOCore

/// How a request shows that it comes from somebody who knows the bot's secret.
enum WebhookProof {
    /// The first that is there counts.
    static let signatures = [
        HTTPField.Name("X-Hub-Signature-256")!, HTTPField.Name("X-Signature-256")!,
        HTTPField.Name("X-HomeChat-Signature")!,
    ]
    static let timestamp = HTTPField.Name("X-HomeChat-Timestamp")!
    /// How far the clock of a sender that signs the time may be off.
    static let window = Duration.minutes(5)

    /// Why it is not shown. The words are for whoever sets the sender up, and for the audit log.
    enum Problem: String, Error {
        case unsigned = "there is no signature"
        case wrong = "the signature does not fit this body and this secret"
        case wrongBearer = "the bearer secret is not this webhook's"
        case stale = "the time that was signed is too far from now"
        case untimed = "the body begins like one that is signed with a time; send its X-HomeChat-Timestamp"
    }

    static func check(
        _ request: IncomingRequest, _ secret: WebhookSecret, _ credential: WebhookCredential, at now: Timestamp
    ) throws(Problem) {
        if let header = signatures.lazy.compactMap({ request.headers[$0] }).first {
            return try checkSignature(header, request, secret, at: now)
        }
        guard credential == .bearer, let header = request.headers[.authorization] else { throw .unsigned }
        guard case .one(let given) = BearerSecret([.authorization: header]), secret.isSame(as: given) else {
            throw .wrongBearer
        }
    }

    private static func checkSignature(
        _ header: String, _ request: IncomingRequest, _ secret: WebhookSecret, at now: Timestamp
    ) throws(Problem) {
        let body = request.body.readableBytesView
        guard let time = request.headers[timestamp] else {
            guard secret.hasSigned(Data(body), header: header) else { throw .wrong }
            // Else a recorded request with a time could be sent once more as a text that has it in front.
            guard !beginsWithTime(body) else { throw .untimed }
            return
        }
        guard secret.hasSigned(Data(time.utf8) + Data(".".utf8) + Data(body), header: header) else { throw .wrong }
        guard (1...12).contains(time.utf8.count), let seconds = Int64(time),
            abs(now.milliseconds - seconds * 1000) <= window.milliseconds
        else { throw .stale }
    }

    private static func beginsWithTime(_ body: ByteBufferView) -> Bool {
        let digits = body.prefix(12).prefix { (0x30...0x39).contains($0) }
        return digits.count >= 9 && body.dropFirst(digits.count).first == UInt8(ascii: ".")
    }
}
