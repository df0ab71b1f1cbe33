import Foundation

/// What the disk says of one place.
struct FileStatus: Sendable {
    let isFolder: Bool
    let isFile: Bool
    let isLink: Bool
    let byteSize: Int64
    let owner: UInt32
    /// For its owner alone.
    let isPrivate: Bool
    /// Written, moved here, or opened to others.
    let changedAt: Timestamp

    /// - Parameter follows: what a link leads to, and not the link.
    /// - Returns: nil where there is nothing, or nothing that can be seen.
    init?(at path: String, follows: Bool = false) {
        var status = stat()
        guard fstatat(AT_FDCWD, path, &status, follows ? 0 : AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
        let kind = status.st_mode & S_IFMT
        isFolder = kind == S_IFDIR
        isFile = kind == S_IFREG
        isLink = kind == S_IFLNK
        byteSize = Int64(status.st_size)
        owner = status.st_uid
        isPrivate = status.st_mode & 0o077 == 0
        changedAt = Timestamp(milliseconds: Int64(status.st_ctim.tv_sec) * 1000)
    }
}
