import Storage

extension Messages {
    /// Presses a button. Pressing what was pressed already changes nothing and is no error.
    package func press(_ action: String, on id: Message.ID, as principal: Principal) async throws -> MessageView {
        guard principal.credential != .console else { throw ChatError.forbidden("the command line presses no buttons") }
        return try await change(id, .post, principal) { [buttons] _, access, now, tx in
            guard let (handler, subject) = try MessageAction.find(action, on: id, tx) else {
                throw ChatError.notFound("action")
            }
            guard try MessageAction.press(action, on: id, by: principal.user, at: now, tx) else { return }
            switch handler {
            case .none: try ReadOnlyMode.requireChanges(tx)
            case .ai: try AIButton.run(action, on: subject, as: principal, at: now, tx)
            case .security: try buttons.run(action, on: subject, as: principal, at: now, tx)
            }
            try Message.touch(id, at: now, tx)
            tx.announce(.messageChanged(id, in: access.channel))
        }
    }

    /// Until bots have a webhook to hear of a press, a press of anybody else's button is only shown.
    static func requireActions(of draft: MessageDraft, _ principal: Principal) throws {
        guard !draft.actions.isEmpty else { return }
        guard case .token = principal.credential, principal.isAdmin, principal.scopes?.contains(.admin) ?? true else {
            throw ChatError.forbidden("only an admin's token can post buttons")
        }
    }
}
