import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// What the browser fetches beside the page, under `/assets/<digest of all>/…`, so that it may keep it for ever.
struct Assets: Sendable {
    private struct File: Sendable {
        let type: String
        let plain: ByteBuffer
        let gzipped: ByteBuffer?
        let tag: String
    }

    private let files: [String: File]
    /// Changes with any of the files.
    let digest: String

    init(_ web: WebFiles) {
        var contents = web.contents.filter { !$0.key.hasPrefix("templates/") && !$0.key.hasPrefix("api/") }
        contents["stylesheets/application.css"] = Array(Bundle.stylesheet(web).utf8)
        contents["javascript/application.js"] = Array(Bundle.script(web).utf8)
        files = Dictionary(uniqueKeysWithValues: contents.map { ($0, Self.file($0, $1)) })
        digest = Self.digest(contents.sorted { $0.key < $1.key }.flatMap { Array($0.key.utf8) + $0.value })
    }

    /// `/assets/<digest>/<path>`. An older page may ask under an older digest: it gets what is there now, unkept.
    @Sendable func serve(_ request: Request, _ context: AppContext) throws -> Response {
        let path = context.parameters.getCatchAll().joined(separator: "/")
        guard let file = files[path] else { throw ChatError.notFound("asset") }
        let isCurrent = context.parameters.get("digest") == digest
        return answer(file, request, keep: isCurrent ? "public, max-age=31536000, immutable" : "no-cache")
    }

    /// A file under an address of its own, like `/icon.png`.
    func alias(_ path: String) -> @Sendable (Request, AppContext) throws -> Response {
        { request, _ in
            guard let file = files[path] else { throw ChatError.notFound("asset") }
            return answer(file, request, keep: "public, max-age=86400")
        }
    }

    private func answer(_ file: File, _ request: Request, keep: String) -> Response {
        var headers: HTTPFields = [.contentType: file.type, .cacheControl: keep, .eTag: file.tag]
        if request.headers[.ifNoneMatch]?.contains(file.tag) == true {
            return Response(status: .notModified, headers: headers)
        }
        if file.gzipped != nil { headers[.vary] = "Accept-Encoding" }
        guard let gzipped = file.gzipped, request.takesGzip else {
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: file.plain))
        }
        headers[.contentEncoding] = "gzip"
        return Response(status: .ok, headers: headers, body: .init(byteBuffer: gzipped))
    }

    private static func file(_ path: String, _ bytes: [UInt8]) -> File {
        let isText = !path.hasSuffix(".png")
        let gzipped = isText ? Gzip.compress(bytes, level: 9) : nil
        return File(
            type: type(of: path), plain: ByteBuffer(bytes: bytes), gzipped: gzipped.map { ByteBuffer(bytes: $0) },
            tag: "\"\(digest(bytes))\"")
    }

    private static func digest(_ bytes: [UInt8]) -> String {
        SHA256.hash(data: bytes).prefix(8).hexadecimal
    }

    private static func type(of path: String) -> String {
        switch path.split(separator: ".").last {
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "json": "application/json"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        default: "application/octet-stream"
        }
    }
}

extension Request {
    var takesGzip: Bool { headers[.acceptEncoding]?.contains("gzip") ?? false }
}
