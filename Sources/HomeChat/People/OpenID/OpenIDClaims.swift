import Foundation
import NIOCore

/// What a provider says of somebody, by the names of OpenID Connect Core 1.0, 5.1.
struct OpenIDClaims: Sendable, Equatable, Codable {
    private(set) var values: [String: JSONValue]

    init(_ values: [String: JSONValue]) { self.values = values }

    /// nil for what is no object, or nested too deeply.
    init?(json bytes: [UInt8]) {
        guard let values = try? RequestFields.json(ByteBuffer(bytes: bytes)) else { return nil }
        self.values = values
    }

    init(from decoder: any Decoder) throws {
        values = try decoder.singleValueContainer().decode([String: JSONValue].self)
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(values)
    }

    subscript(_ name: String) -> JSONValue? { values[name] }

    func text(_ name: String) -> String? {
        guard case .string(let text)? = values[name], !text.isEmpty, !text.utf8.contains(0) else { return nil }
        return text
    }

    /// Seconds since 1970.
    func moment(_ name: String) -> Timestamp? {
        switch values[name] {
        case .integer(let seconds) where (0...253_402_300_799).contains(seconds):
            Timestamp(milliseconds: seconds * 1000)
        case .number(let seconds) where seconds >= 0 && seconds < 253_402_300_800:
            Timestamp(milliseconds: Int64(seconds * 1000))
        default: nil
        }
    }

    /// One text, or a list of them.
    func texts(_ name: String) -> [String]? {
        switch values[name] {
        case .string(let text): return [text]
        case .array(let items):
            let texts = items.compactMap { if case .string(let text) = $0 { text } else { nil } }
            return texts.count == items.count ? texts : nil
        default: return nil
        }
    }

    /// Some providers write the boolean as text.
    var hasVerifiedEmail: Bool { [.boolean(true), .string("true")].contains(values["email_verified"]) }

    /// The domain of the e-mail address, where the provider vouches for it.
    var verifiedDomain: String? {
        guard hasVerifiedEmail, let parts = text("email")?.split(separator: "@"), parts.count == 2 else { return nil }
        return parts[1].lowercased()
    }

    /// What is not said here yet; what is said stays.
    func adding(_ others: OpenIDClaims) -> OpenIDClaims {
        OpenIDClaims(values.merging(others.values) { mine, _ in mine })
    }
}

extension OpenIDClaims {
    /// A name that a new account may have; others may have it already.
    /// - Parameter claim: where it is taken from.
    func username(from claim: String) -> String {
        let given = text(claim) ?? text("email") ?? text("name") ?? ""
        let local = given.prefix { $0 != "@" }.precomposedStringWithCompatibilityMapping
        var fit = ""
        for scalar in local.unicodeScalars.prefix(200) {
            if Username.isAllowed(scalar) {
                fit.unicodeScalars.append(scalar)
            } else if !fit.isEmpty, !fit.hasSuffix("-") {
                fit += "-"
            }
        }
        let name = String(fit.prefix(40)).trimmingCharacters(in: ["-", ".", "_"])
        guard !name.isEmpty else { return "member" }
        return (try? Username(name))?.text ?? (try? Username(name + "-home"))?.text ?? "member"
    }

    func displayName() -> String? {
        guard let name = text("name") else { return nil }
        return try? ProfileChange.name(String(name.prefix(50)))
    }
}
