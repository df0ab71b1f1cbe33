import Foundation
import Testing

@testable import HomeChat

@Suite struct WebhookProofTests {
    private static let secret = WebhookSecret(text: "0123")
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func problem(
        _ body: String, _ headers: [String: String], _ credential: WebhookCredential = .signature
    ) -> WebhookProof.Problem? {
        do {
            try WebhookProof.check(incoming(body, headers), Self.secret, credential, at: Self.now)
            return nil
        } catch {
            return error
        }
    }

    private func signed(_ text: String) -> String {
        "sha256=" + Self.secret.signature(of: Data(text.utf8)).hexadecimal
    }

    @Test(arguments: ["X-Hub-Signature-256", "X-Signature-256", "X-HomeChat-Signature", "x-hub-signature-256"])
    func `each of the three names is taken, for these bytes alone`(_ name: String) {
        #expect(problem("{}", [name: signed("{}")]) == nil)
        #expect(problem("{ }", [name: signed("{}")]) == .wrong)
        #expect(problem("{}", [name: "sha1=" + signed("{}").dropFirst(7)]) == .wrong)
        #expect(problem("{}", [name: ""]) == .wrong)
    }

    @Test func `the first name that is there decides, also where a later one would fit`() {
        let both = ["X-Hub-Signature-256": signed("x"), "X-HomeChat-Signature": signed("{}")]
        #expect(problem("{}", both) == .wrong)
        #expect(problem("{}", [:]) == .unsigned)
    }

    @Test func `a bearer secret counts only for whoever was given that, and a signature always does`() {
        let bearer = ["Authorization": "Bearer 0123"]
        #expect(problem("{}", bearer) == .unsigned)
        #expect(problem("{}", bearer, .url) == .unsigned)
        #expect(problem("{}", bearer, .bearer) == nil)
        #expect(problem("{}", ["Authorization": "bearer  0123"], .bearer) == nil)
        #expect(problem("{}", ["Authorization": "Bearer 0124"], .bearer) == .wrongBearer)
        #expect(problem("{}", ["Authorization": "Bearer "], .bearer) == .wrongBearer)
        #expect(problem("{}", ["X-Signature-256": signed("{}")], .bearer) == nil)
        #expect(problem("{}", bearer.merging(["X-Signature-256": signed("x")]) { $1 }, .bearer) == .wrong)
    }

    @Test func `a time that is sent is part of what is signed, and may be five minutes off`() {
        func timed(_ seconds: Int64, _ body: String = "{}", signing text: String? = nil) -> [String: String] {
            ["X-HomeChat-Timestamp": "\(seconds)", "X-HomeChat-Signature": signed(text ?? "\(seconds).\(body)")]
        }
        #expect(problem("{}", timed(1_800_000_000)) == nil)
        #expect(problem("{}", timed(1_800_000_300)) == nil && problem("{}", timed(1_799_999_700)) == nil)
        #expect(problem("{}", timed(1_800_000_301)) == .stale && problem("{}", timed(1_799_999_699)) == .stale)
        #expect(problem("{}", timed(1_800_000_000, signing: "{}")) == .wrong)
        #expect(problem("{}", timed(1_800_000_000, signing: "1799990000.{}")) == .wrong)
        let odd = ["X-HomeChat-Timestamp": "now", "X-HomeChat-Signature": signed("now.{}")]
        #expect(problem("{}", odd) == .stale)
        let large = ["X-HomeChat-Timestamp": "9223372036854775807"]
        #expect(
            problem("{}", large.merging(["X-HomeChat-Signature": signed("9223372036854775807.{}")]) { $1 }) == .stale)
    }

    @Test func `a recorded request with a time is worth nothing as a text that has the time in front`() {
        let text = "1800000000.{}"
        #expect(problem(text, ["X-HomeChat-Signature": signed(text)]) == .untimed)
        #expect(problem("21.5 degrees", ["X-HomeChat-Signature": signed("21.5 degrees")]) == nil)
    }
}
