import Hummingbird
import Synchronization

/// `/files/:key`: the bytes of a file, all or a part, and the small picture of it; and the picture of a linked page. For cookies
/// and tokens alike.
struct FileServingPages: Sendable {
    let files: Files
    let previews: LinkPreviews
    let lost: LostBytes
    private let disk = FileIO()

    init(files: Files, previews: LinkPreviews, lost: LostBytes) {
        self.files = files
        self.previews = previews
        self.lost = lost
    }

    @Sendable func file(_ request: Request, _ context: AppContext) async throws -> Response {
        try await answer(find(context).bytes, request, context)
    }

    @Sendable func thumbnail(_ request: Request, _ context: AppContext) async throws -> Response {
        guard let picture = try await find(context).thumbnail else { throw ChatError.notFound("thumbnail") }
        return try await answer(picture, request, context)
    }

    @Sendable func preview(_ request: Request, _ context: AppContext) async throws -> Response {
        let picture = try await previews.image(
            try context.id("preview_id", of: "preview"), of: try context.id(of: "message"),
            as: try context.requirePrincipal())
        return try await answer(picture, request, context)
    }

    private func find(_ context: AppContext) async throws -> ServedFile {
        try await files.find(key: try context.parameters.require("key"), as: try context.requirePrincipal())
    }

    private func answer(_ bytes: ServedBytes, _ request: Request, _ context: AppContext) async throws -> Response {
        let isWanted = try RequestFields(queryOf: request).boolean("download") ?? false
        let preconditions = Preconditions(request.headers)
        var headers = Self.headers(of: bytes, isShown: bytes.isShown && !isWanted)
        switch preconditions.verdict(on: bytes.tag) {
        case .met: break
        case .notModified: return Response(status: .notModified, headers: headers.ofCopy)
        case .failed: throw HTTPError(.preconditionFailed)
        }
        // Parts are parts of a GET (RFC 9110, 14.2).
        let wantsPart = request.method == .get && preconditions.takesPart(of: bytes.tag)
        switch ByteRange(wantsPart ? request.headers[.range] : nil, of: bytes.byteSize) {
        case .whole:
            let body = try await load(bytes, 0...max(bytes.byteSize - 1, 0), context)
            return Response(status: .ok, headers: headers, body: body)
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(bytes.byteSize)"
            return Response(status: .partialContent, headers: headers, body: try await load(bytes, range, context))
        case .unsatisfiable:
            throw HTTPError(.rangeNotSatisfiable, headers: [.contentRange: "bytes */\(bytes.byteSize)"])
        }
    }

    private static func headers(of bytes: ServedBytes, isShown: Bool) -> HTTPFields {
        [
            .contentType: bytes.type,
            .contentDisposition: ContentDisposition(kind: isShown ? .inline : .attachment, name: bytes.name).text,
            .contentSecurityPolicy: isShown ? bytes.policy : ContentSecurityPolicy.ofFiles,
            // What everybody here may read can stay on a device, which asks each time; of the rest nothing stays.
            .cacheControl: bytes.isPublic ? "private, no-cache" : "no-store",
            .eTag: bytes.tag, .acceptRanges: "bytes",
        ]
    }

    /// Read while it is sent, a piece at a time.
    private func load(
        _ bytes: ServedBytes, _ range: ClosedRange<Int64>, _ context: AppContext
    ) async throws -> ResponseBody {
        let path = files.folder.place(of: bytes.storedAs)
        let wanted = bytes.byteSize == 0 ? 0 : range.count
        let body = try? await disk.loadFile(
            path: path, range: Int(range.lowerBound)...Int(range.upperBound), context: context)
        if let body, body.contentLength == wanted { return body }
        if lost.note(bytes.storedAs) {
            context.logger.error(
                "the bytes of a file are not there; see `homechat files check`",
                metadata: ["content_id": "\(bytes.content)"])
        }
        throw ChatError.notFound("file")
    }
}

/// Bytes that were looked for in vain, so that the log says it once.
final class LostBytes: Sendable {
    private static let mostRemembered = 1000
    private let names = Mutex<Set<String>>([])

    /// - Returns: whether nobody noticed before.
    func note(_ name: String) -> Bool {
        names.withLock { names in
            if names.count >= Self.mostRemembered { names.removeAll() }
            return names.insert(name).inserted
        }
    }
}

extension HTTPFields {
    /// What an answer without a body repeats (RFC 9110, 15.4.5).
    fileprivate var ofCopy: HTTPFields {
        [.eTag, .cacheControl, .contentSecurityPolicy].reduce(into: HTTPFields()) { $0[$1] = self[$1] }
    }
}
