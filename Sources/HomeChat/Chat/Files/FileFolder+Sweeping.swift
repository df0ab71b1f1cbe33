import Foundation

/// A file in the folder, as the disk has it.
struct StoredBytes: Sendable {
    let name: String
    let changedAt: Timestamp

    /// What we would call one. Others are somebody else's, and not touched without a word.
    var isOurs: Bool {
        name.utf8.count == 32 && name.utf8.allSatisfy(FileFolder.isDigit)
    }
}

extension FileFolder {
    /// What changed since is still somebody's work.
    static let graceTime = Duration.hours(1)

    /// Made before the first upload, so that the disk can be looked at.
    func prepare() throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// The folders in which the bytes are, by the two digits with which their names begin.
    func starts() -> [String] {
        names(in: path).filter { $0.utf8.count == 2 && $0.utf8.allSatisfy(Self.isDigit) }.sorted()
    }

    /// - Parameter start: one of `starts`.
    func stored(beginning start: String) -> [StoredBytes] {
        names(in: "\(path)/\(start)").sorted().compactMap { name in
            FileStatus(at: "\(path)/\(start)/\(name)").flatMap { status in
                status.isFolder ? nil : StoredBytes(name: name, changedAt: status.changedAt)
            }
        }
    }

    func remove(_ names: [String]) { names.forEach(remove) }

    /// - Parameter start: the folder that it lies in, which for a stray may not be the one where it would belong.
    /// - Returns: whether it is gone.
    func remove(stray name: String, in start: String) -> Bool {
        unlink("\(path)/\(start)/\(name)") == 0 || errno == ENOENT
    }

    /// Uploads that ended with their server, and on which nobody has worked since.
    func removeLeftovers(before moment: Timestamp) {
        for name in names(in: incoming) {
            let folder = "\(incoming)/\(name)"
            let inside = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
            let places = [folder] + inside.map { "\(folder)/\($0)" }
            let touched = places.compactMap { FileStatus(at: $0)?.changedAt }
            if let last = touched.max(), last < moment { close(incoming: folder) }
        }
    }

    /// What cannot be read is told by whoever needs it.
    private func names(in folder: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
    }
}
