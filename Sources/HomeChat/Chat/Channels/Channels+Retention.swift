import Storage

extension Channels {
    /// Whoever does it, the log says so: it takes away what others wrote.
    func setRetention(
        _ choice: RetentionChoice, of access: ChannelAccess, by principal: Principal, _ tx: borrowing Transaction
    ) throws {
        guard let channel = try Channel.find(access.channel, tx), channel.retentionDays != choice.days else { return }
        try Channel.setRetention(choice.days, of: channel.id, tx)
        let owner = try channel.owner.flatMap { try User.find($0, tx) }
        try audit.record(
            .retentionChanged, by: principal, target: "channel:\(channel.id)",
            details: [
                "channel": channel.name, "owner": owner?.username ?? "",
                "from": channel.retentionDays.map(String.init) ?? "", "to": choice.days.map(String.init) ?? "",
            ], tx)
    }
}
