import Foundation

/// Reads what a certificate authority sends. Any bytes may come in; what does not fit is an error.
enum ACMEJSON {
    static func decode<Message: Decodable>(_ bytes: [UInt8]) throws(CertificatesError) -> Message {
        guard bytes.count <= Bounds.bytes else { throw .answer("it is longer than \(Bounds.bytes) bytes") }
        do {
            return try JSONDecoder().decode(Message.self, from: Data(bytes))
        } catch {
            throw .answer("it is no \(Message.self) as RFC 8555 describes it")
        }
    }
}

/// A URL that the certificate authority tells us to use. Only https is followed.
public struct ACMEURL: Decodable, Hashable, Sendable {
    public let text: String

    public init(_ text: String) throws(CertificatesError) {
        guard text.utf8.count <= 2_000, let url = URL(string: text), url.scheme == "https", url.host?.isEmpty == false
        else { throw .answer("\"\(Bounds.line(text))\" is no https address") }
        self.text = text
    }

    public init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }
}

/// RFC 8555 §7.1.1.
public struct ACMEDirectory: Decodable, Sendable {
    public struct Meta: Decodable, Sendable {
        public let termsOfService: String?
        public let externalAccountRequired: Bool?
    }

    public let newNonce: ACMEURL
    public let newAccount: ACMEURL
    public let newOrder: ACMEURL
    public let meta: Meta?

    public init(json: [UInt8]) throws(CertificatesError) {
        self = try ACMEJSON.decode(json)
    }
}

/// RFC 8555 §7.1.3.
public struct ACMEOrder: Decodable, Sendable {
    public enum Status: String, Decodable, Sendable {
        case pending, ready, processing, valid, invalid
    }

    public let status: Status
    public let authorizations: [ACMEURL]
    public let finalize: ACMEURL
    public let certificate: ACMEURL?
    public let error: ACMEProblem?

    public init(json: [UInt8]) throws(CertificatesError) {
        self = try ACMEJSON.decode(json)
        guard authorizations.count <= Bounds.names else { throw .answer("it asks for too many authorizations") }
    }
}

/// RFC 8555 §7.1.4.
public struct ACMEAuthorization: Decodable, Sendable {
    public enum Status: String, Decodable, Sendable {
        case pending, valid, invalid, deactivated, expired, revoked
    }
    public struct Identifier: Decodable, Sendable {
        public let type: String
        public let value: String
    }

    public let identifier: Identifier
    public let status: Status
    public let challenges: [ACMEChallenge]

    public init(json: [UInt8]) throws(CertificatesError) {
        self = try ACMEJSON.decode(json)
    }
}

/// RFC 8555 §7.1.5. Of a kind that we do not know, nothing more is read.
public struct ACMEChallenge: Decodable, Sendable {
    public enum Kind: String, CaseIterable, Sendable {
        /// A file below `http://name/.well-known/acme-challenge/` on port 80 (RFC 8555 §8.3).
        case http01 = "http-01"
        /// A certificate shown on port 443 to who asks for `acme-tls/1` (RFC 8737).
        case tlsALPN01 = "tls-alpn-01"
    }

    public let type: String
    public let url: ACMEURL
    public let token: String?
    public let error: ACMEProblem?

    public var kind: Kind? { Kind(rawValue: type) }

    /// The token becomes part of a URL path, so nothing but base64url is taken (RFC 8555 §8.1).
    var checkedToken: String {
        get throws(CertificatesError) {
            guard let token, (1...512).contains(token.utf8.count), token.utf8.allSatisfy(Self.isBase64URL) else {
                throw .answer("the token of its challenge is not base64url")
            }
            return token
        }
    }

    private static func isBase64URL(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
