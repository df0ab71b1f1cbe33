import HTTPTypes
import NIOCore

@testable import HomeChat

/// A request to a webhook as a sender makes it.
func incoming(
    _ body: String, type: String? = "application/json", _ headers: [String: String] = [:]
) -> IncomingRequest {
    var fields = HTTPFields()
    if let type { fields[.contentType] = type }
    for (name, value) in headers {
        if let name = HTTPField.Name(name) { fields[name] = value }
    }
    return IncomingRequest(headers: fields, body: ByteBuffer(string: body))
}

func json(_ text: String) throws -> JSONValue { .object(try RequestFields.json(ByteBuffer(string: text))) }

/// What becomes of a body by itself.
func posted(
    _ body: String, type: String? = "application/json", _ headers: [String: String] = [:],
    format: WebhookFormat = .auto, template: String = "", isForSlack: Bool = false
) throws -> IncomingPost {
    let request = incoming(body, type: type, headers)
    let setting = IncomingFormat.Setting(
        format: format, template: template, gitHubEvent: request.gitHubEvent, isForSlack: isForSlack)
    switch try IncomingFormat.deed(of: try IncomingBody(request), setting) {
    case .post(let post): return post
    case .command: throw ChatError.malformed("a command, and not a post")
    }
}
