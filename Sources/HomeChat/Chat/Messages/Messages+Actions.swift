import Storage

extension Messages {
    /// Presses a button. Pressing what was pressed already changes nothing and is no error.
    package func press(_ action: String, on id: Message.ID, as principal: Principal) async throws -> MessageView {
        guard principal.credential != .console else { throw ChatError.forbidden("the command line presses no buttons") }
        guard principal.bot == nil else { throw ChatError.forbidden("buttons are for people") }
        return try await change(id, .post, principal) { [buttons] message, access, now, tx in
            guard let target = try MessageAction.find(action, on: id, tx) else { throw ChatError.notFound("action") }
            if target.needsProof { try Self.requireProof(of: principal, at: now, tx) }
            guard try MessageAction.press(action, on: id, by: principal.user, at: now, tx) else { return }
            switch target.handler {
            case .none:
                try ReadOnlyMode.requireChanges(tx)
                try OutgoingNews.pressed(target, action, on: message, by: principal, at: now, tx)
            case .ai: try AIButton.run(action, on: target.subject, as: principal, at: now, tx)
            case .security: try buttons.run(action, on: target.subject, as: principal, at: now, tx)
            }
            try Message.touch(id, at: now, tx)
            tx.announce(.messageChanged(id, in: access.channel))
        }
    }

    /// What opens a door is for whoever sits there and can prove it: neither for scripts nor for those an admin limited.
    private static func requireProof(
        of principal: Principal, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        guard !principal.isRestricted else { throw ChatError.forbidden("this button is not for limited accounts") }
        guard case .session = principal.credential else {
            throw ChatError.forbidden("this button needs a sign-in, a token is not enough")
        }
        try Proof.require(principal, at: now, tx)
    }

    /// A bot hears of a press; anybody else's button would only be shown.
    static func requireActions(of draft: MessageDraft, _ principal: Principal) throws {
        guard !draft.actions.isEmpty, principal.bot == nil else { return }
        guard case .token = principal.credential, principal.isAdmin, principal.scopes?.contains(.admin) ?? true else {
            throw ChatError.forbidden("only bots and an admin's token can post buttons")
        }
    }
}
