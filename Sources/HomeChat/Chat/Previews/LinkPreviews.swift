import Storage

/// What is shown of pages that messages link to.
package struct LinkPreviews: Sendable {
    let database: any Database
    let readOnly: ReadOnlyMode
    let now: @Sendable () -> Timestamp

    /// Pages that no message links to any more. In read-only mode they stay, like all else.
    func removeOld() async throws {
        guard try await !readOnly.isOn() else { return }
        try await database.write { [now] tx in try LinkedPage.removeOld(before: now() - LinkedPage.freshness, tx) }
    }

    /// Takes a preview away, for everybody and for good.
    package func remove(
        _ page: LinkedPage.ID, from message: Message.ID, as principal: Principal
    ) async throws -> MessageView {
        try await database.write { [now] tx in
            let (found, access) = try Messages.find(message, .post, principal, tx)
            guard found.author == principal.user || access.canManage else {
                throw ChatError.forbidden("only its author can take a preview from a message")
            }
            guard try LinkedPage.hide(page, of: message, tx) else { throw ChatError.notFound("preview") }
            try Message.touch(message, at: now(), tx)
            tx.announce(.messageChanged(message, in: access.channel))
            return try Messages.view(of: message, for: principal, tx)
        }
    }

    /// The picture of a page, for whoever may read the message.
    func image(_ page: LinkedPage.ID, of message: Message.ID, as principal: Principal) async throws -> ServedBytes {
        try await database.read { tx in
            let access: ChannelAccess
            do {
                (_, access) = try Messages.find(message, .read, principal, tx)
            } catch ChatError.notFound {
                throw ChatError.notFound("preview")
            }
            guard principal.role != .limited,
                let image = try LinkedPage.find(of: [message], tx)[message]?.first(where: { $0.id == page })?.image
            else { throw ChatError.notFound("preview") }
            return ServedBytes(
                content: image.id, storedAs: image.storedAs, name: "preview.webp", type: image.type,
                byteSize: image.byteSize, tag: "\"\(image.sha256.prefix(32))\"", isShown: true,
                isPublic: access.type == .public)
        }
    }
}
