import Foundation
import Testing

@testable import Certificates

@Suite struct AnswerTests {
    static let directory =
        #"{"newNonce":"https://ca.test/n","newAccount":"https://ca.test/a","newOrder":"https://ca.test/o","meta":{"termsOfService":"https://ca.test/t"}}"#
    static let order =
        #"{"status":"pending","authorizations":["https://ca.test/z/1"],"finalize":"https://ca.test/f","error":{"type":"urn:ietf:params:acme:error:x","detail":"d"}}"#
    static let authorization =
        #"{"identifier":{"type":"dns","value":"a.test"},"status":"pending","challenges":[{"type":"http-01","url":"https://ca.test/c","token":"abc"},{"type":"dns-persist-99","url":"https://ca.test/d"}]}"#
    static let problem =
        #"{"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many","status":429,"subproblems":[{"type":"urn:x","detail":"no","identifier":{"type":"dns","value":"a.test"}}]}"#

    @Test func `messages are read as RFC 8555 describes them`() throws {
        #expect(try ACMEDirectory(json: Array(Self.directory.utf8)).newOrder.text == "https://ca.test/o")
        #expect(try ACMEOrder(json: Array(Self.order.utf8)).status == .pending)
        let authorization = try ACMEAuthorization(json: Array(Self.authorization.utf8))
        #expect(authorization.challenges.map(\.kind) == [.http01, nil])
        let problem = try ACMEProblem(json: Array(Self.problem.utf8))
        #expect("\(problem)" == "too many (rateLimited); a.test: no")
    }

    @Test(arguments: [
        "http://ca.test/a", "file:///etc/passwd", "https:///a", "", "https://", "//ca.test", "ftp://ca.test",
    ])
    func `an address that is not https is not followed`(url: String) {
        #expect(throws: CertificatesError.self) { try ACMEURL(url) }
        let order = Self.order.replacing("https://ca.test/f", with: url)
        #expect(throws: CertificatesError.self) { try ACMEOrder(json: Array(order.utf8)) }
    }

    @Test(arguments: ["", "a/b", "../x", "a b", "ä", "a\\u0000", String(repeating: "a", count: 513)])
    func `a token that is not base64url is not served`(token: String) throws {
        let json = Self.authorization.replacing(#""token":"abc""#, with: "\"token\":\"\(token)\"")
        let authorization = try ACMEAuthorization(json: Array(json.utf8))
        #expect(throws: CertificatesError.self) { try authorization.challenges[0].checkedToken }
    }

    @Test func `a problem is one line without control characters`() throws {
        let json = #"{"type":"x","detail":"a\u001b[31m\nb\u202e\#(String(repeating: "z", count: 2000))"}"#
        let text = "\(try ACMEProblem(json: Array(json.utf8)))"
        #expect(text.hasPrefix("a [31m b "))
        #expect(text.unicodeScalars.count <= 500)
    }

    @Test func `waiting times are read from seconds and dates`() {
        let now = Date(timeIntervalSince1970: 784_111_777)  // Sun, 06 Nov 1994 08:49:37 GMT
        #expect(RetryAfter.seconds("120", now: now) == 120)
        #expect(RetryAfter.seconds(" 0 ", now: now) == 0)
        #expect(RetryAfter.seconds("Sun, 06 Nov 1994 08:50:37 GMT", now: now) == 60)
        #expect(RetryAfter.seconds("Sun, 06 Nov 1994 08:48:37 GMT", now: now) == 0)
        let damaged = ["Sun, 06 Nov 1994 08:49:37 GMT+1", "Sun, 06 Nov"]
        for text in damaged + ["", "-1", "soon", "9999999999", "1e9", String(repeating: "1", count: 5000)] {
            #expect(RetryAfter.seconds(text, now: now) == nil, "\(text.prefix(20))")
        }
    }

    @Test(arguments: [
        "192.168.1.1", "*.example.test", "a..b", "-a.test", "a_b.test", "", "ä.test", "a b", "1.2", "::1",
    ])
    func `names that no authority signs are refused before it is asked`(name: String) {
        #expect(throws: CertificatesError.self) { try DNSName(name) }
    }

    @Test func `any bytes are refused without harm`() throws {
        var random = SeededRandom(state: 20_261_124)
        let certificate = try ServerCertificate.test()
        let seeds = [
            Self.directory, Self.order, Self.authorization, Self.problem, certificate.chainPEM + certificate.keyPEM,
            "Sun, 06 Nov 1994 08:49:37 GMT",
        ].map { Array($0.utf8) }
        for _ in 0..<1_500 {
            var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[place] = .random(in: 0...255, using: &random)
                case 1: bytes.insert(.random(in: 0...255, using: &random), at: place)
                default: bytes.removeSubrange(place..<min(place + 20, bytes.count - 1))
                }
            }
            AnyBytes.read(bytes)
        }
    }
}

/// Everything that reads what came over the network.
enum AnyBytes {
    static func read(_ bytes: [UInt8]) {
        _ = try? ACMEDirectory(json: bytes)
        _ = try? ACMEOrder(json: bytes)
        _ = try? ACMEAuthorization(json: bytes).challenges.map { try $0.checkedToken }
        _ = (try? ACMEProblem(json: bytes)).map { "\($0)" }
        _ = try? PEM.certificatesDER(bytes)
        _ = (try? ServerCertificate(chainPEM: bytes, keyPEM: bytes))?.warnings(at: Date())
        _ = RetryAfter.seconds(String(decoding: bytes, as: UTF8.self), now: Date())
    }
}

struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
