import CCurl
import Foundation
import Logging
import NIOPosix
import ServiceLifecycle

/// Takes letters at once and brings them one after the other, so that nobody can tell from a request's time whether there
/// was one. What waits when the server stops is lost: whoever needs it asks again.
final class Postman: Service {
    static let maximumWaiting = 100

    private let server: MailServer
    private let letters: AsyncStream<Mail>
    private let box: AsyncStream<Mail>.Continuation
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    /// nil where nobody said how mail leaves the house.
    init?(_ settings: Settings.Mail, now: @escaping @Sendable () -> Timestamp, logger: Logger) {
        guard let server = MailServer(settings) else { return nil }
        self.server = server
        self.now = now
        self.logger = logger
        (letters, box) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.maximumWaiting))
    }

    func post(_ mail: Mail) {
        if case .dropped = box.yield(mail) { logger.warning("too many letters wait, one was dropped") }
    }

    func run() async throws {
        let pool = NIOThreadPool(numberOfThreads: 1)
        pool.start()
        await cancelWhenGracefulShutdown { [letters] in
            for await letter in letters { await self.bring(letter, pool) }
        }
        try? await pool.shutdownGracefully()  // there is nothing left to wait for
    }

    private func bring(_ letter: Mail, _ pool: NIOThreadPool) async {
        do {
            try await pool.runIfActive { [server, now] in
                try server.send(letter, at: now())
            }
        } catch {
            // What curl says names the server and the step, never the letter or the password.
            logger.warning("mail could not be sent", metadata: ["reason": "\(error)"])
        }
    }
}

/// SMTP by libcurl, over TLS that is checked.
struct MailServer: Sendable {
    private static let timeLimit = 30

    let url: String
    let from: String
    let username: String?
    let password: String?
    let authorityFile: String?

    init?(_ settings: Settings.Mail) {
        guard let url = settings.url, let from = settings.from else { return nil }
        self.url = url
        self.from = from
        username = settings.username
        password = settings.password
        authorityFile = settings.authorityFile
    }

    /// A relay on this machine may do without: nobody is between.
    private var needsTLS: Bool {
        let host = url.split(separator: "/").last.map { $0.split(separator: ":").first.map(String.init) ?? "" } ?? ""
        return !(host == "localhost" || host.hasPrefix("127.") || url.contains("[::1]"))
    }

    func send(_ mail: Mail, at now: Timestamp) throws {
        guard let handle = curl_easy_init() else { throw MailProblem(text: "out of memory") }
        defer { curl_easy_cleanup(handle) }
        let recipients = curl_slist_append(nil, "<\(mail.to)>")
        defer { curl_slist_free_all(recipients) }
        let message = mail.message(from: from, at: now, id: UUID().uuidString.lowercased())
        var source = MailSource(bytes: Array(message.utf8))
        try withUnsafeMutablePointer(to: &source) { source in
            try configure(handle)
            try check(homechat_curl_set_list(handle, CURLOPT_MAIL_RCPT, recipients))
            try check(homechat_curl_set_reader(handle, MailSource.read, source))
            try check(curl_easy_perform(handle))
        }
    }

    private func configure(_ handle: UnsafeMutableRawPointer) throws {
        try check(homechat_curl_set_text(handle, CURLOPT_URL, url))
        try check(homechat_curl_set_text(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps"))
        try check(homechat_curl_set_text(handle, CURLOPT_MAIL_FROM, "<\(from)>"))
        try check(homechat_curl_set_number(handle, CURLOPT_UPLOAD, 1))
        try check(homechat_curl_set_number(handle, CURLOPT_TIMEOUT, Self.timeLimit))
        try check(homechat_curl_set_number(handle, CURLOPT_NOSIGNAL, 1))
        let tls = needsTLS ? Int(CURLUSESSL_ALL.rawValue) : Int(CURLUSESSL_TRY.rawValue)
        try check(homechat_curl_set_number(handle, CURLOPT_USE_SSL, tls))
        try check(homechat_curl_set_number(handle, CURLOPT_SSL_VERIFYPEER, 1))
        try check(homechat_curl_set_number(handle, CURLOPT_SSL_VERIFYHOST, 2))
        if let authorityFile { try check(homechat_curl_set_text(handle, CURLOPT_CAINFO, authorityFile)) }
        if let username, let password {
            try check(homechat_curl_set_text(handle, CURLOPT_USERNAME, username))
            try check(homechat_curl_set_text(handle, CURLOPT_PASSWORD, password))
        }
    }

    private func check(_ code: CURLcode) throws {
        guard code == CURLE_OK else { throw MailProblem(text: String(cString: curl_easy_strerror(code))) }
    }
}

struct MailProblem: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}

/// The letter's bytes, as curl asks for them.
private struct MailSource {
    let bytes: [UInt8]
    var position = 0

    static let read: homechat_curl_reader = { buffer, size, count, context in
        guard let buffer, let source = context?.assumingMemoryBound(to: MailSource.self) else { return 0 }
        let rest = source.pointee.bytes[source.pointee.position...].prefix(size * count)
        rest.withUnsafeBytes { bytes in
            if let start = bytes.baseAddress { memcpy(buffer, start, bytes.count) }
        }
        source.pointee.position += rest.count
        return rest.count
    }
}
