import Crypto
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
        var running = try Running(request.headers, secret, credential, at: now)
        running.add(request.body)
        try running.finish()
    }

    /// A proof that waits for the body, of which nothing is kept.
    struct Running: Sendable {
        private struct Signature: Sendable {
            let header: String
            let time: String?
            var code: HMAC<SHA256>
            var beginning: [UInt8] = []
        }

        private let now: Timestamp
        /// nil: shown already.
        private var signature: Signature?

        /// - Throws: what can be said without the body.
        init(
            _ headers: HTTPFields, _ secret: WebhookSecret, _ credential: WebhookCredential, at now: Timestamp
        ) throws(Problem) {
            self.now = now
            if let header = signatures.lazy.compactMap({ headers[$0] }).first {
                signature = Signature(header: header, time: headers[timestamp], code: secret.signing)
                if let time = signature?.time { signature?.code.update(data: Data("\(time).".utf8)) }
                return
            }
            guard credential == .bearer, let header = headers[.authorization] else { throw .unsigned }
            guard case .one(let given) = BearerSecret([.authorization: header]), secret.isSame(as: given) else {
                throw .wrongBearer
            }
        }

        mutating func add(_ bytes: ByteBuffer) {
            guard let kept = signature?.beginning.count else { return }
            signature?.code.update(data: Array(bytes.readableBytesView))
            signature?.beginning += bytes.readableBytesView.prefix(longestTime + 1 - kept)
        }

        func finish() throws(Problem) {
            guard let signature else { return }
            guard WebhookSecret.fits(signature.header, Array(signature.code.finalize())) else { throw .wrong }
            guard let time = signature.time else {
                // Else a recorded request with a time could be sent once more as a text that has it in front.
                guard !beginsWithTime(signature.beginning) else { throw .untimed }
                return
            }
            guard (1...longestTime).contains(time.utf8.count), let seconds = Int64(time),
                abs(now.milliseconds - seconds * 1000) <= window.milliseconds
            else { throw .stale }
        }
    }

    /// In digits.
    private static let longestTime = 12

    private static func beginsWithTime(_ beginning: [UInt8]) -> Bool {
        let digits = beginning.prefix(longestTime).prefix { (0x30...0x39).contains($0) }
        return digits.count >= 9 && beginning.dropFirst(digits.count).first == UInt8(ascii: ".")
    }
}
