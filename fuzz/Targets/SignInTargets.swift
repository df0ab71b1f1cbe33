import Foundation
import HTTPTypes
import NIOCore
import Synchronization

@testable import HomeChat

extension FuzzTarget {
    /// What somebody typed as a code: the app's, or one from paper.
    static let code = FuzzTarget(name: "code") { bytes in
        let typed = text(bytes)
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let password = OneTimePassword(secret: Array(bytes.suffix(20)))
        if let step = password.step(of: typed.filter { !$0.isWhitespace }, at: now, after: nil) {
            precondition(password.step(of: typed.filter { !$0.isWhitespace }, at: now, after: step) == nil)
        }
        let address = password.address(account: typed, issuer: typed)
        precondition(address.hasPrefix("otpauth://totp/") && address.utf8.allSatisfy { (0x21...0x7E).contains($0) })
        precondition(URLComponents(string: address)?.host == "totp", "the app reads another address")
        precondition(URLComponents(string: address)?.queryItems?.first { $0.name == "issuer" }?.value == typed)
        guard let code = BackupCode(typed: typed) else { return }
        precondition(code.text.utf8.count == 11 && BackupCode(typed: code.text)?.text == code.text)
    }

    /// What a browser says in its cookies, whoever wrote them: nobody becomes known, nobody is on the way back.
    static let cookies = FuzzTarget(name: "cookies") { bytes in
        let cookie = text(bytes)
        let sealer = Sealer(MasterKey(bytes: key))
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let known = KnownDevices(cookie: cookie)
        for user in 1...3 as ClosedRange<Int64> {
            precondition(known.device(of: .init(user), at: now, sealer.key.key(for: .device)) == nil)
        }
        let made = known.adding(.init(7), at: now, sealer.key.key(for: .device)).cookie
        precondition(made.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3B && $0 != 0x2C })
        precondition(KnownDevices(cookie: made).device(of: .init(7), at: now, sealer.key.key(for: .device)) != nil)
        precondition(OpenIDAttempt(cookie: cookie, sealer, at: now) == nil)
        _ = try? sealer.open(bytes, for: .openID)
    }

    /// What an OpenID provider sends, a line each: configuration or claims, keys, a token. Nothing that is not signed by it holds.
    static let openID = FuzzTarget(name: "openid") { bytes in
        let lines = text(bytes).split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.utf8) }
        let first = lines[0]
        if let metadata = try? ProviderMetadata(first, issuer: "https://id.example.org", hasSecret: true) {
            for url in [metadata.authorization, metadata.token, metadata.keys] {
                precondition(url.text.hasPrefix("https://") || Network.isThisMachine(url.host))
            }
        }
        if let claims = OpenIDClaims(json: first) {
            precondition((try? Username(claims.username(from: "preferred_username"))) != nil, "no fit name")
            _ = (claims.displayName(), claims.verifiedDomain, claims.texts("aud"), claims.moment("exp"))
            let expected = IDToken.Expected(
                issuer: "https://id.example.org", clientID: "homechat", nonce: "nonce",
                now: Timestamp(milliseconds: 1_800_000_000_000))
            if let subject = try? IDToken(claims).check(expected) { precondition(!subject.isEmpty) }
        }
        guard lines.count > 2, let keys = try? ProviderKeys(lines[1]) else { return }
        let token = String(decoding: lines[2], as: UTF8.self)
        guard (try? TokenHeader(of: token)) != nil else { return }
        waiting { _ = try? await keys.verify(token) }
    }

    /// Where the server itself would connect to.
    static let outbound = FuzzTarget(name: "outbound") { bytes in
        _ = OutboundAddresses.mayConnect(to: text(bytes))
        guard let url = OutboundURL(text(bytes)) else { return }
        precondition(url.text.hasPrefix("https:") || Network.isThisMachine(url.host))
        precondition(URL(string: url.text)?.host?.trimmingCharacters(in: ["[", "]"]) == url.host)
        precondition(!url.host.isEmpty && !url.text.utf8.contains(0x0A))
    }

    static let accounts = FuzzTarget(name: "accounts") { bytes in
        _ = try? EmailAddress(text(bytes))
        _ = DeviceName(userAgent: text(bytes), kind: .browser).text
    }

    private static let key = Data((0..<32).map { UInt8($0) })

    /// libFuzzer calls a function that cannot wait.
    private static func waiting(_ work: @escaping @Sendable () async -> Void) {
        let done = DispatchSemaphore(value: 0)
        Task {
            await work()
            done.signal()
        }
        done.wait()
    }
}
