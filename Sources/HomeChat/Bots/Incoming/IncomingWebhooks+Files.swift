import HTTPTypes
import NIOCore

/// Forms with files. Their bytes lie on the disk before anybody knows whose they are; nothing is looked at or kept until the
/// whole request has proved itself.
extension IncomingWebhooks {
    /// A sender who has said which webhook is meant, and may be believed.
    struct Sender: Sendable {
        let known: Known
        let address: Address
        let caller: Caller
        /// nil: whoever has the address has shown enough.
        var proof: WebhookProof.Running?

        /// In whose name its files are.
        var user: User.ID { known.bot.user }
    }

    /// Says what can be said before the body is there.
    func expect(_ headers: HTTPFields, at address: Address, from caller: Caller) async throws -> Sender {
        let known = try await known(address, caller)
        try limits.check(.webhook, .bot(known.bot.id))
        var sender = Sender(known: known, address: address, caller: caller)
        guard !address.isSecret else { return sender }
        do throws(WebhookProof.Problem) {
            sender.proof = try WebhookProof.Running(headers, known.secret, known.bot.credential, at: now())
        } catch {
            throw await refusal(error, known, caller)
        }
        return sender
    }

    func deliver(
        _ upload: Upload, _ headers: HTTPFields, from sender: Sender
    ) async throws -> (Answer, RateVerdict?) {
        let (known, caller) = (sender.known, sender.caller)
        do throws(WebhookProof.Problem) {
            try sender.proof?.finish()
        } catch {
            throw await refusal(error, known, caller)
        }
        let verdict = try limits.spend(.webhook, .bot(known.bot.id), from: caller.ipAddress)
        let deed = try IncomingFormat.post(
            of: try IncomingBody(form: upload.fields), withFiles: !upload.files.isEmpty,
            known.setting(headers, sender.address))
        let answer = try await files.keeping(upload.files, by: Uploader(sender.user)) { kept in
            try await perform(
                deed.with(kept), key: IncomingRequest.deliveryKey(headers), known, sender.address, caller)
        }
        return (answer, verdict)
    }
}

extension IncomingFormat.Deed {
    fileprivate func with(_ files: [File.ID]) -> Self {
        guard case .post(var post) = self else { return self }
        post.files = files
        return .post(post)
    }
}

extension IncomingWebhooks.Sender: Undescribed {}
