import Storage

extension AuditLog {
    /// What an admin does to a channel of somebody else. What its owner does is the household's ordinary life.
    func record(
        _ deed: String?, to access: ChannelAccess, by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        guard let deed, !access.isOwner else { return }
        try record(
            .adminAction, by: principal, target: "channel:\(access.channel)",
            details: ["what": deed, "channel": access.name], tx)
    }
}
