import HTTPTypes
import Hummingbird

extension Response {
    /// What a browser keeps as a file; nothing on the way keeps a copy.
    /// - Parameter name: one of ours; it is not quoted.
    static func attachment(_ name: String, type: String, _ body: ResponseBody) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: type, .contentDisposition: "attachment; filename=\"\(name)\"", .cacheControl: "no-store",
            ], body: body)
    }
}

extension HTTPField.Name {
    fileprivate static let contentDisposition = HTTPField.Name("Content-Disposition")!
}
