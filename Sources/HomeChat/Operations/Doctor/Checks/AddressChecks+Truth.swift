import AsyncHTTPClient
import Foundation
import NIOCore

/// What the server believes of a request that comes by the address that people use, and what gets through to it.
extension AddressChecks {
    private static let forwardedQuestion = DoctorQuestion("forwarded_address", "Nobody chooses their own address")
    private static let beliefQuestion = DoctorQuestion(
        "request_belief", "Address, scheme and host are seen as they are")
    private static let bodyQuestion = DoctorQuestion("large_body", "A body of 10 MB gets through")
    private static let clockQuestion = DoctorQuestion("clock", "The clock is right")
    private static let limiterQuestion = DoctorQuestion("rate_limit_probe", "Too many wrong tokens are answered 429")
    static let truthQuestions = [forwardedQuestion, beliefQuestion, bodyQuestion, clockQuestion, limiterQuestion]

    private static let mostGuesses = 100
    private static let largeBody = 10 << 20
    /// Codes for two steps are good for so long.
    private static let largestSkew = 30.0

    func truth(_ seen: ConnectionAPI.Connection?) async -> [DoctorCheck] {
        guard let seen else { return Self.truthQuestions.map(unanswered) }
        async let body = largeBody()
        async let limiter = limiter()
        return [await forwardedAddress(seen), belief(seen), await body, clock(seen), await limiter]
    }

    func connection(forged: String? = nil) async -> ConnectionAPI.Connection? {
        var ask = HTTPClientRequest(url: address + "/api/v1/connection")
        ask.headers = ["User-Agent": Self.name]
        if let forged { ask.headers.add(name: "X-Forwarded-For", value: forged) }
        guard let response = try? await client.execute(ask, timeout: TLSProbe.patience), response.status == .ok,
            let body = try? await response.body.collect(upTo: 64 << 10)
        else { return nil }
        return try? JSONDecoder().decode(ConnectionAPI.Connection.self, from: Data(body.readableBytesView))
    }

    /// With a forged header: whoever is believed chooses the address that limits, bans and the log see.
    private func forwardedAddress(_ seen: ConnectionAPI.Connection) async -> DoctorCheck {
        let question = Self.forwardedQuestion
        let forged = "192.0.2.1"
        guard let answer = await connection(forged: forged) else { return question.unknown("no second answer") }
        if seen.hops.last(where: { $0.address == seen.address })?.trusted == true {
            return question.unknown(
                "we are \(seen.address) to the server, which believes that address", fix: "ask from another machine")
        }
        guard answer.address != forged else {
            return question.fail(
                "a forged X-Forwarded-For is believed",
                fix: "trust nobody but the proxy in trusted_proxies, and let it replace the header or add to it")
        }
        return question.pass("a forged X-Forwarded-For is not believed; we are \(answer.address) all the same")
    }

    private func belief(_ seen: ConnectionAPI.Connection) -> DoctorCheck {
        let question = Self.beliefQuestion
        let scheme = probe.isSecure ? "https" : "http"
        let hops = seen.hops.map {
            "\($0.address ?? "a proxy of the house")\($0.trusted ? " (trusted)" : " (not trusted)")"
        }
        let evidence =
            "\(seen.scheme)://\(seen.host), asked by \(seen.address), by way of: \(hops.joined(separator: ", "))"
        let lines = "Administration, Network has the lines for each proxy; for nginx: "
        guard seen.scheme == scheme else {
            return question.fail(
                "\(evidence); we asked by \(scheme)", fix: lines + "proxy_set_header X-Forwarded-Proto $scheme;")
        }
        let host = HostRules.withoutPort(seen.host).trimmingCharacters(in: ["[", "]"])
        guard host == probe.host.lowercased() else {
            return question.fail("\(evidence); we asked for \(probe.host)", fix: lines + "proxy_set_header Host $host;")
        }
        return question.pass(evidence)
    }

    /// Refused by us, who have no use for it, and not by a proxy that thinks it too large.
    private func largeBody() async -> DoctorCheck {
        let question = Self.bodyQuestion
        var ask = HTTPClientRequest(url: address + "/api/v1/messages")
        ask.method = .POST
        ask.headers = [
            "User-Agent": Self.name, "Accept": "application/json", "Content-Type": "application/octet-stream",
        ]
        ask.body = .bytes(ByteBuffer(repeating: 0, count: Self.largeBody))
        do {
            let answer = try await client.execute(ask, timeout: .seconds(20))
            if answer.headers.contains(name: "X-Request-Id") {
                return question.pass("HomeChat answered it itself: \(answer.status.code), as nobody is signed in")
            }
            return question.fail(
                "a proxy answered it: \(answer.status.code)",
                fix: "raise its limit; for nginx: client_max_body_size 12m;")
        } catch {
            return question.unknown("the connection was cut before an answer came")
        }
    }

    private func clock(_ seen: ConnectionAPI.Connection) -> DoctorCheck {
        let question = Self.clockQuestion
        guard let theirs = Timestamp(iso8601: seen.time) else { return question.unknown("no time was told") }
        let seconds = Double(theirs.milliseconds - now().milliseconds) / 1000
        guard abs(seconds) <= Self.largestSkew else {
            return question.warn(
                "the server's clock and this machine's are \(Int(abs(seconds))) seconds apart; codes for two steps fail",
                fix: "sudo timedatectl set-ntp true, on the one that is wrong")
        }
        return question.pass("\(seen.time), as on the machine that asks")
    }

    /// One guess more than may be made, with a token that is none and is counted by itself: who has a token goes on.
    private func limiter() async -> DoctorCheck {
        let question = Self.limiterQuestion
        guard let limit = guesses.limit, limit <= Self.mostGuesses else {
            return question.unknown("wrong tokens are limited to \(guesses.text), too many to try")
        }
        let end = ContinuousClock.now + .seconds(20)
        for number in 1...limit + 1 {
            guard ContinuousClock.now < end else {
                return question.unknown("\(probe.host) answers too slowly to try it")
            }
            guard let status = await guess() else { return question.unknown("\(probe.host) stopped answering") }
            if status == 429 { return question.pass("wrong token number \(number) was answered 429") }
        }
        return question.fail(
            "\(limit + 1) wrong tokens at once, and none was answered 429", fix: "Administration, Limits")
    }

    private func guess() async -> UInt? {
        var ask = HTTPClientRequest(url: address + "/api/v1/me")
        ask.headers = ["User-Agent": Self.name, "Authorization": "Bearer \(RateLimits.probe)"]
        return try? await client.execute(ask, timeout: TLSProbe.patience).status.code
    }
}
