import Foundation

/// A letter in plain text to one person.
struct Mail: Sendable {
    let to: String
    let subject: String
    let text: String

    /// RFC 5322, with UTF-8 in base64, so that no line of it can be too long or mean something (RFC 2045 §6.8).
    func message(from sender: String, at now: Timestamp, id: String) -> String {
        let body = Data(text.utf8).base64EncodedString(options: [.lineLength76Characters, .endLineWithCarriageReturn])
        let domain = sender.split(separator: "@").last.map(String.init) ?? "localhost"
        let head = [
            "Date: \(Self.date(now))", "From: <\(sender)>", "To: <\(to)>", "Subject: \(Self.word(subject))",
            "Message-ID: <\(id)@\(domain)>", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64", "Auto-Submitted: auto-generated",
        ]
        let lines = body.replacing("\r\n", with: "\r").split(separator: "\r").map(String.init)
        return (head + [""] + lines).joined(separator: "\r\n") + "\r\n"
    }

    /// An encoded word (RFC 2047): no character of it can end the line.
    private static func word(_ text: String) -> String {
        "=?utf-8?B?\(Data(text.utf8.prefix(45)).base64EncodedString())?="
    }

    private static func date(_ now: Timestamp) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = .gmt
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss Z"
        return formatter.string(from: Date(timeIntervalSince1970: Double(now.milliseconds) / 1000))
    }
}
