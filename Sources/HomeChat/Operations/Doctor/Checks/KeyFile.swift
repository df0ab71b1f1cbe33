import Foundation

/// The file of the master key, and what can be wrong with where it lies.
struct KeyFile: Sendable {
    let path: String

    /// By the service manager, which decides who may read it.
    var isHandedOver: Bool { KeyPlace.isHandedOver(path) }

    /// What ``problem(owner:)`` looked at, where it found nothing.
    var place: String {
        var file = stat()
        guard stat(path, &file) == 0 else { return path }
        let mode = String(file.st_mode & 0o777, radix: 8)
        return isHandedOver
            ? "\(path) is handed over by the system (mode \(mode))"
            : "\(path) is for its owner alone (user \(file.st_uid), mode \(mode))"
    }

    /// - Parameter owner: the data directory, whose owner the server runs as.
    func problem(owner folder: String) -> (evidence: String, fix: String)? {
        var file = stat()
        guard stat(path, &file) == 0 else { return ("\(path) is not there or cannot be seen", "start the server once") }
        if file.st_mode & (isHandedOver ? 0o022 : 0o077) != 0 {
            return ("\(path) has mode \(String(file.st_mode & 0o777, radix: 8))", "chmod 600 \(path)")
        }
        var home = stat()
        guard isHandedOver || stat(folder, &home) == 0 else {
            return ("\(folder) cannot be seen, and so not whose the key should be", "sudo homechat doctor")
        }
        if !isHandedOver, home.st_uid != file.st_uid {
            return (
                "\(path) belongs to user \(file.st_uid), the data to user \(home.st_uid)",
                "chown --reference=\(folder) \(path)"
            )
        }
        if let tree = workTree {
            return ("\(path) lies in the git work tree \(tree)", "move the data directory out of it")
        }
        if isInImage {
            return ("\(path) is part of the container's image, not of a volume", "mount a volume: deploy/compose.yaml")
        }
        return nil
    }

    var workTree: String? {
        var folder = URL(fileURLWithPath: path).resolvingSymlinksInPath().deletingLastPathComponent()
        while folder.path != "/" {
            if FileManager.default.fileExists(atPath: folder.appendingPathComponent(".git").path) { return folder.path }
            folder.deleteLastPathComponent()
        }
        return nil
    }

    /// In a container, what no mount covers is the image's own layer. A machine can bear a container's mark as well, where
    /// one was made a machine of: its root lies on a disk.
    private var isInImage: Bool {
        let marks = ["/.dockerenv", "/run/.containerenv"]
        guard marks.contains(where: FileManager.default.fileExists(atPath:)),
            let table = FileManager.default.contents(atPath: "/proc/self/mountinfo")
        else { return false }
        let mounts = String(decoding: table, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }
        let root = mounts.last { $0.count > 4 && $0[4] == "/" }?.split(separator: "-").last
        guard root?.first.map(Self.layered.contains) ?? true else { return false }
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        return !mounts.contains { words in
            guard words.count > 4, words[4] != "/" else { return false }
            return real == words[4] || real.hasPrefix(words[4] + "/")
        }
    }

    /// The kinds of file system that images are stacked with (proc(5), mountinfo).
    private static let layered: Set<Substring> = ["overlay", "fuse.fuse-overlayfs", "aufs", "zfs", "btrfs"]
}

/// Where service managers put what they hand over: others in the same container may be able to read it, which is theirs to
/// decide. A file that somebody merely names is not handed over.
enum KeyPlace {
    static func isHandedOver(
        _ path: String, _ environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> Bool {
        let own = environment["CREDENTIALS_DIRECTORY"].map { [$0] } ?? []
        let path = URL(fileURLWithPath: path).standardizedFileURL.path
        return (own + ["/run/secrets", "/run/credentials"]).contains { !$0.isEmpty && path.hasPrefix($0 + "/") }
    }
}
