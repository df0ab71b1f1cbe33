/// Where a request comes from, as limits, locks and the audit log know it.
package struct Caller: Sendable, Equatable {
    /// Of the client itself, as trusted proxies tell it; empty for the command line.
    package let ipAddress: String
    /// What the client says it is: one line of at most 200 characters.
    package let userAgent: String
    /// The `X-Request-Id` that the answer carries and the log names.
    package let requestID: String

    package init(ipAddress: String, userAgent: String, requestID: String = "") {
        self.ipAddress = ipAddress
        self.userAgent = String(
            userAgent.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.prefix(200).map(Character.init))
        self.requestID = requestID
    }

    /// The command line, and the server's own work.
    package static let here = Caller(ipAddress: "", userAgent: "homechat")
}
