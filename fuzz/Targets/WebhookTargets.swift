import Foundation
import HTTPTypes
import NIOCore

@testable import HomeChat

extension FuzzTarget {
    /// The first byte chooses a format, the second what else is said; the rest is a body. A line `signature` before it is a
    /// header. What comes out fits into a message, and a proof is never found in it.
    static let webhook = FuzzTarget(name: "webhook") { bytes in
        guard bytes.count > 2 else { return }
        let lines = bytes.dropFirst(2).split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        let request = IncomingRequest(
            headers: headers(bytes[1], text(Array(lines[0]))), body: ByteBuffer(bytes: lines.last ?? []))
        requireUnproved(request)
        let formats = WebhookFormat.allCases
        let setting = IncomingFormat.Setting(
            format: formats[Int(bytes[0]) % formats.count], template: "{{#a}}{{b}}{{.}}{{/a}}{{message}}{{{text}}}",
            gitHubEvent: request.gitHubEvent, isForSlack: bytes[0] > 127)
        _ = request.isAlertmanagers
        _ = request.deliveryKey
        guard let body = try? IncomingBody(request),
            case .post(let post)? = try? IncomingFormat.deed(of: body, setting), let draft = try? post.draft()
        else { return }
        precondition(draft.text.count <= MessageDraft.maximumCharacters && !draft.text.utf8.contains(0))
        guard [.github, .alertmanager, .grafana].contains(setting.format) else { return }
        precondition(!draft.mentions.everyone && !draft.mentions.here && draft.mentions.people.isEmpty, draft.text)
    }

    /// A line of template, and the JSON below it.
    static let webhookTemplate = FuzzTarget(name: "webhook-template") { bytes in
        let parts = bytes.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        guard let template = try? TemplateFormat(text(Array(parts[0]))) else { return }
        let body = ByteBuffer(bytes: parts.count > 1 ? Array(parts[1]) : Array("{}".utf8))
        guard let values = try? RequestFields.json(body), let post = try? template.post(.object(values)) else { return }
        _ = try? post.draft()
    }

    private static func headers(_ byte: UInt8, _ line: String) -> HTTPFields {
        let types = [
            "application/json", "application/x-www-form-urlencoded", "text/plain; charset=utf-8",
            "application/json; charset=\"iso-8859-1\"", "text/plain; charset=utf-16",
        ]
        let events = ["push", "pull_request", "issues", "issue_comment", "release", "workflow_run", "ping", line]
        var headers: HTTPFields = [.contentType: byte == 255 ? line : types[Int(byte) % types.count]]
        if byte % 3 == 1 { headers[.xGitHubEvent] = events[Int(byte / 8) % events.count] }
        headers[WebhookProof.signatures[Int(byte) % 3]] = line
        if byte % 5 == 4 { headers[WebhookProof.timestamp] = line }
        return headers
    }

    /// With a key that nobody can know.
    private static func requireUnproved(_ request: IncomingRequest) {
        for credential in WebhookCredential.allCases {
            let isProved: Bool
            do {
                try WebhookProof.check(request, .random(), credential, at: Timestamp(milliseconds: 1_800_000_000_000))
                isProved = true
            } catch {
                isProved = false
            }
            precondition(!isProved, "a proof out of nothing")
        }
    }
}
