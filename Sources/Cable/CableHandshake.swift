import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// What a client asks for when it opens a cable (RFC 6455, 4.2.1).
struct CableHandshake: Sendable {
    let request: HTTPRequest
    let key: String
    let subprotocol: String?

    /// A request to switch to WebSocket, well formed or not.
    static func isAsked(by request: HTTPRequest) -> Bool {
        tokens(request, .upgrade).contains("websocket")
    }

    /// The status says what is wrong with it.
    static func read(_ request: HTTPRequest) -> Result<CableHandshake, Refusal> {
        let fields = request.headerFields
        guard request.method == .get, request.authority?.isEmpty == false,
            tokens(request, .connection).contains("upgrade"),
            fields[.transferEncoding] == nil, fields[.contentLength].map({ $0 == "0" }) ?? true
        else { return .failure(Refusal(status: .badRequest)) }
        guard fields[.secWebSocketVersion] == "13" else { return .failure(Refusal(status: .upgradeRequired)) }
        guard let key = fields[.secWebSocketKey], isKey(key) else { return .failure(Refusal(status: .badRequest)) }
        return .success(CableHandshake(request: request, key: key, subprotocol: subprotocol(of: request)))
    }

    struct Refusal: Error {
        let status: HTTPResponse.Status
    }

    /// The 101, without any extension: permessage-deflate is not worth what it costs per message.
    func response(on eventLoop: any EventLoop, channel: any Channel) async throws -> HTTPResponse {
        // NIO's upgrader is asked for the digest of the key only; see `HTTPConnection` for why not for more.
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededFuture(()) })
        let asked = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: "/",
            headers: ["Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13"])
        let headers = try await eventLoop.flatSubmit {
            upgrader.buildUpgradeResponse(channel: channel, upgradeRequest: asked, initialResponseHeaders: [:])
        }.get()
        var response = HTTPResponse(status: .switchingProtocols)
        response.headerFields = HTTPFields(headers, splitCookie: false)
        if let subprotocol { response.headerFields[.secWebSocketProtocol] = subprotocol }
        return response
    }

    /// JavaScript closes unless its first choice is selected; most others offer none and expect none.
    private static func subprotocol(of request: HTTPRequest) -> String? {
        let offered = request.headerFields[values: .secWebSocketProtocol]
            .flatMap { $0.split(separator: ",") }
            .map { $0.trimmed }
        return ["actioncable-v1-json", "actioncable-unsupported"].first { offered.contains($0) }
    }

    private static func tokens(_ request: HTTPRequest, _ name: HTTPField.Name) -> [String] {
        request.headerFields[values: name]
            .flatMap { $0.split(separator: ",") }
            .map { $0.trimmed.lowercased() }
    }

    /// 16 bytes in base64.
    private static func isKey(_ key: String) -> Bool {
        let bytes = Array(key.utf8)
        guard bytes.count == 24, bytes.suffix(2) == [UInt8(ascii: "="), UInt8(ascii: "=")] else { return false }
        return bytes.dropLast(2).allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
