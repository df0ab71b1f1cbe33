import Foundation
import WebAssets

/// The files of `Web/`: from the binary, or in development from the folder itself.
struct WebFiles: Sendable {
    static let folders = ["api", "generated", "images", "javascript", "stylesheets", "templates"]

    let contents: [String: [UInt8]]

    static func embedded() -> WebFiles {
        var count = 0
        guard let assets = web_assets(&count) else { return WebFiles(contents: [:]) }
        let files = UnsafeBufferPointer(start: assets, count: count).map { asset in
            (String(cString: asset.path), [UInt8](UnsafeBufferPointer(start: asset.bytes, count: asset.count)))
        }
        return WebFiles(contents: Dictionary(uniqueKeysWithValues: files))
    }

    static func folder(_ directory: String) throws -> WebFiles {
        let root = URL(filePath: directory, directoryHint: .isDirectory)
        var contents: [String: [UInt8]] = [:]
        for folder in folders {
            let paths = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
            while let name = paths?.nextObject() as? String {
                guard !name.hasPrefix("."), name.contains(".") else { continue }
                contents["\(folder)/\(name)"] = [UInt8](try Data(contentsOf: root.appending(path: "\(folder)/\(name)")))
            }
        }
        return WebFiles(contents: contents)
    }

    /// The files in a folder with that ending, by path, in order.
    func texts(in folder: String, ending suffix: String) -> [(path: String, text: String)] {
        contents.filter { $0.key.hasPrefix(folder + "/") && $0.key.hasSuffix(suffix) }
            .map { ($0.key, String(decoding: $0.value, as: UTF8.self)) }.sorted { $0.0 < $1.0 }
    }
}
