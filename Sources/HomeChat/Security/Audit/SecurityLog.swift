import Logging

/// Lines that other programs watch for; their form is a promise (`deploy/fail2ban`).
enum SecurityLog {
    private static let logger = Logger(label: "homechat.security")

    /// No name: what was typed there may be a password, and a stranger could forge a line with it.
    /// - Parameter ip: whoever tried, by the proxies that we trust.
    static func loginFailed(ip: String, requestID: String) {
        logger.notice(
            "sign-in failed", metadata: ["event": "login_failed", "ip": "\(ip)", "request_id": "\(requestID)"])
    }

    /// Rows stand where only the server writes: somebody has, or had, the database.
    static func chainBroken() {
        logger.error("the audit log was tampered with; run homechat audit verify")
    }
}
