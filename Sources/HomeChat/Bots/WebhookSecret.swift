import Crypto
import Foundation
import Storage

/// What a bot and whoever talks with it both know: 256 random bits in 64 hexadecimal digits, which sign in both directions.
/// Stored sealed, since signing needs it as it is; and hashed, to find the bot of a secret address.
struct WebhookSecret: Sendable, Equatable {
    let text: String

    init(text: String) {
        self.text = text
    }

    static func random() -> WebhookSecret {
        WebhookSecret(text: SymmetricKey(size: .bits256).withUnsafeBytes { $0.hexadecimal })
    }

    var hash: [UInt8] { SecretToken.hash(of: text) }

    /// HMAC-SHA256 over these very bytes; the key is the text and not what its digits stand for (wire contract, 4.1 and 5).
    func signature(of body: some DataProtocol) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Data(text.utf8))))
    }

    /// The same for a body that comes in pieces.
    var signing: HMAC<SHA256> { HMAC(key: SymmetricKey(data: Data(text.utf8))) }

    /// - Parameters:
    ///   - header: `sha256=` and 64 hexadecimal digits of either case.
    ///   - signature: as it has to be.
    static func fits(_ header: String, _ signature: [UInt8]) -> Bool {
        guard header.utf8.count == 71, header.lowercased().hasPrefix("sha256="),
            let given = [UInt8](hexadecimal: header.dropFirst(7).lowercased())
        else { return false }
        return isEqual(given, signature)
    }

    func isSame(as given: String) -> Bool { isEqual(SecretToken.hash(of: given), hash) }
}

extension WebhookSecret: Undescribed {}

extension WebhookSecret {
    /// The secret of a bot that has a webhook.
    static func find(of bot: Bot.ID, _ sealer: Sealer, _ tx: borrowing Transaction) throws -> WebhookSecret? {
        guard let sealed = try Bot.sealedSecret(of: bot, tx) else { return nil }
        return WebhookSecret(text: String(decoding: try sealer.open(sealed, for: .webhook), as: UTF8.self))
    }

    func store(
        as webhook: String, of bot: Bot.ID, _ sealer: Sealer, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        let sealed = try sealer.seal(Data(text.utf8), for: .webhook, tx)
        try Bot.setWebhook(webhook, secret: sealed, hash: hash, of: bot, at: now, tx)
    }
}
