import Foundation
import NIOPosix

/// Whether what people send can be kept, by whom it can be read on the machine, and whether whoever looks at it can do nothing else.
struct UploadsCheck: Sendable {
    static let question = DoctorQuestion("uploads", "Uploads get through")

    let settings: Settings

    private var folder: FileFolder { FileFolder(settings) }

    /// Looks at each file there is, which takes its time.
    func check() async throws -> DoctorCheck {
        let found = try await NIOThreadPool.singleton.runIfActive { look() }
        guard found.status == .pass else { return found }
        return judge(await FileExaminer(settings.files).selfTest(), after: found)
    }

    private func judge(_ worker: WorkerReport, after found: DoctorCheck) -> DoctorCheck {
        let question = Self.question
        if let problem = worker.problem {
            return question.fail(
                "files cannot be looked at: \(problem)", fix: "apt install libmagic1 libmagic-mgc libvips42")
        }
        guard worker.escapes.isEmpty else {
            return question.fail(
                "whoever looks at files could also \(worker.escapes.joined(separator: ", "))",
                fix: "let the service use Landlock and seccomp")
        }
        let words = "\(found.evidence); looked at by libmagic \(worker.magic ?? "?") and libvips \(worker.vips ?? "?")"
        guard worker.landlock > 0, worker.filtersCalls else {
            return question.warn("\(words), without a sandbox", fix: "a kernel from 5.13 on has Landlock; turn it on")
        }
        return question.pass("\(words), behind Landlock \(worker.landlock) and seccomp")
    }

    private func look() -> DoctorCheck {
        let question = Self.question
        guard let place = FileStatus(at: folder.path, follows: true) else {
            return question.unknown("\(folder.path) is not there yet", fix: "start the server once")
        }
        if let problem = ownerProblem(place) { return problem }
        guard FileManager.default.isWritableFile(atPath: folder.path) else {
            return question.fail("\(folder.path) cannot be written to", fix: "chown and chmod 700 \(folder.path)")
        }
        let (count, open) = openPlaces()
        if let first = open.first {
            return question.fail(
                "\(open.count) of \(count) places in \(folder.path) can be read by others, \(first) for one",
                fix: "chmod -R go= \(folder.path)")
        }
        return space("for the server's account alone, \(count) places in it")
    }

    private func ownerProblem(_ place: FileStatus) -> DoctorCheck? {
        guard let home = FileStatus(at: settings.dataDirectory, follows: true), home.owner != place.owner else {
            return nil
        }
        return Self.question.fail(
            "\(folder.path) belongs to user \(place.owner), the data to user \(home.owner)",
            fix: "chown -R --reference=\(settings.dataDirectory) \(folder.path)")
    }

    /// Everything in the folder, and what of it is not for its owner alone.
    private func openPlaces() -> (count: Int, open: [String]) {
        // Nodes that share it may each have a link to it.
        let top = URL(fileURLWithPath: folder.path).resolvingSymlinksInPath().path
        let names = FileManager.default.enumerator(atPath: top)?.compactMap { $0 as? String } ?? []
        let open = ([""] + names).filter { name in
            // What went meanwhile is nobody's.
            FileStatus(at: "\(top)/\(name)").map { !$0.isPrivate && !$0.isLink } ?? false
        }
        return (names.count + 1, open.map { $0.isEmpty ? "the folder itself" : $0 })
    }

    private func space(_ evidence: String) -> DoctorCheck {
        let question = Self.question
        guard let free = folder.freeBytes() else {
            return question.unknown("\(evidence); the disk does not say how full it is")
        }
        let kept = Int64(settings.files.freeBytes)
        let words = "\(evidence); \(FileWords.size(free)) free, \(FileWords.size(kept)) of it for everything else"
        guard free > kept else {
            return question.fail(words, fix: "make room on the disk, or lower files.keep_free: nothing can be uploaded")
        }
        guard free - kept > 10 * Int64(settings.files.maximumBytes) else {
            return question.warn(words, fix: "make room on the disk: ten more of the largest files would fill it")
        }
        return question.pass(words)
    }
}
