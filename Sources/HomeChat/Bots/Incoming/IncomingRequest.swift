import Foundation
import HTTPTypes
import NIOCore

/// A request to a webhook, as it came.
struct IncomingRequest: Sendable {
    let headers: HTTPFields
    let body: ByteBuffer

    var deliveryKey: String? { Self.deliveryKey(headers) }

    /// What the sender calls this delivery; the same again is the same.
    static func deliveryKey(_ headers: HTTPFields) -> String? {
        for name in [HTTPField.Name.xGitHubDelivery, .xHomeChatDelivery, .idempotencyKey] {
            guard let id = headers[name], !id.isEmpty else { continue }
            return SecretToken.hash(of: "\(name.canonicalName) \(id)").hexadecimal
        }
        return nil
    }

    var gitHubEvent: String? { headers[.xGitHubEvent] }

    /// Tries again after 5xx only, so that nothing else may be said to it where it is to wait.
    var isAlertmanagers: Bool {
        if headers[.userAgent]?.hasPrefix("Alertmanager/") ?? false { return true }
        let text = String(decoding: body.readableBytesView, as: UTF8.self)
        return text.contains("\"groupKey\"") && text.contains("\"alerts\"")
    }
}

extension IncomingRequest: Undescribed {}

/// What a request says, once its type is known.
enum IncomingBody: Sendable {
    case object([String: JSONValue])
    case text(String)

    init(_ request: IncomingRequest) throws {
        let type = request.headers[.contentType] ?? "application/json"
        let mediaType = type.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        let text = try Self.decoded(request.body, charset: Self.charset(of: type))
        switch mediaType {
        case "text/plain":
            self = .text(text)
        case "application/x-www-form-urlencoded":
            self = .object(try Self.form(text))
        case "application/json", "text/json":
            self = .object(try Self.json(text))
        case _ where mediaType.hasPrefix("application/") && mediaType.hasSuffix("+json"):
            self = .object(try Self.json(text))
        default:
            throw ChatError.unsupportedType("send application/json, application/x-www-form-urlencoded or text/plain")
        }
    }

    /// Of a form that was taken apart already.
    init(form fields: RequestFields) throws {
        self = .object(try Self.payload(fields.values))
    }

    private static func json(_ text: String) throws -> [String: JSONValue] {
        try RequestFields.json(ByteBuffer(string: text))
    }

    /// GitHub and Slack's senders put their JSON into one field. `curl -d '{…}'` says that it sends a form, and does not.
    private static func form(_ text: String) throws -> [String: JSONValue] {
        if text.first(where: { !$0.isWhitespace }) == "{" { return try json(text) }
        return try payload(RequestFields.form(text))
    }

    private static func payload(_ fields: [String: JSONValue]) throws -> [String: JSONValue] {
        guard case .string(let payload)? = fields["payload"] else { return fields }
        return try json(payload)
    }

    private static func charset(of type: String) -> String {
        for part in type.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard pair.count == 2, pair[0].lowercased() == "charset" else { continue }
            return pair[1].trimmingCharacters(in: CharacterSet(charactersIn: "\"")).lowercased()
        }
        return "utf-8"
    }

    private static func decoded(_ body: ByteBuffer, charset: String) throws -> String {
        let bytes = body.readableBytesView
        let text: String? =
            switch charset {
            case "utf-8", "utf8", "us-ascii", "ascii": String(validating: bytes, as: UTF8.self)
            case "iso-8859-1", "latin1": String(bytes: bytes, encoding: .isoLatin1)
            case "windows-1252": String(bytes: bytes, encoding: .windowsCP1252)
            case "utf-16": String(bytes: bytes, encoding: .utf16)
            default: throw ChatError.unsupportedType("the charset of the body is not taken; send UTF-8")
            }
        guard let text else { throw ChatError.malformed("the body is not in the charset that it names, or UTF-8") }
        return text.hasPrefix("\u{FEFF}") ? String(text.dropFirst()) : text
    }
}

extension HTTPField.Name {
    static let xGitHubEvent = HTTPField.Name("X-GitHub-Event")!
    static let xGitHubDelivery = HTTPField.Name("X-GitHub-Delivery")!
    static let xHomeChatDelivery = HTTPField.Name("X-HomeChat-Delivery")!
    static let idempotencyKey = HTTPField.Name("Idempotency-Key")!
}
