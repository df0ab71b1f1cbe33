import Storage

extension SignIns {
    func recordFailure(
        _ user: User?, _ attempt: Lockout.Attempt, _ device: Device, _ door: String, _ tx: borrowing Transaction
    ) throws {
        // A network that is refused is not written down each time: that could fill the disk. A firewall may hear of it.
        guard attempt.verdict != .refused else { return logRefusal(device) }
        // Not what was typed: it may be a password in the wrong field.
        try audit.record(
            .loginFailed, user: user?.id, actor: user?.username ?? "unknown", from: device.caller,
            target: user.map { "user:\($0.id)" } ?? "", details: ["door": door], tx)
        try recordLocks(user, attempt, device, tx)
    }

    func recordCodeFailure(
        _ user: User, _ attempt: Lockout.Attempt, _ device: Device, _ tx: borrowing Transaction
    ) throws {
        guard attempt.verdict != .refused else { return logRefusal(device) }
        try audit.record(
            .secondFactorFailed, user: user.id, actor: user.username, from: device.caller, target: "user:\(user.id)", tx
        )
        try recordLocks(user, attempt, device, tx)
    }

    private func logRefusal(_ device: Device) {
        SecurityLog.loginFailed(ip: device.caller.ipAddress, requestID: device.caller.requestID)
    }

    func recordLocks(
        _ user: User?, _ attempt: Lockout.Attempt, _ device: Device, _ tx: borrowing Transaction
    ) throws {
        for lock in attempt.locks {
            let scope =
                switch lock {
                case attempt.account: "all unknown devices"
                case attempt.network.subject: "all accounts"
                default: attempt.isKnownDevice ? "device" : "network"
                }
            try audit.record(
                .accountLocked, user: user?.id, actor: user?.username ?? "unknown", from: device.caller,
                target: user.map { "user:\($0.id)" } ?? "", details: ["scope": scope, "network": attempt.network.text],
                tx)
        }
    }
}
