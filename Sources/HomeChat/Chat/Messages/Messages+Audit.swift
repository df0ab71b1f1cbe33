import Storage

extension AuditLog {
    /// Who did it, to whose message and where; never the text. What two people have between them is in no log at all.
    func record(
        _ action: AuditAction, of message: Message, _ access: ChannelAccess, by principal: Principal,
        _ tx: borrowing Transaction
    ) throws {
        guard access.type != .dm else { return }
        let author = try User.find(message.author, tx)?.username ?? ""
        try record(
            action, by: principal, target: "message:\(message.id)",
            details: ["author": author, "channel": access.name, "channel_id": "\(access.channel)"], tx)
    }
}
