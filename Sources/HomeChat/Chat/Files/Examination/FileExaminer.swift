import Foundation

/// Finds out what files are, and prepares images, without touching a byte of them in this process.
struct FileExaminer: Sendable {
    static let uploadName = "upload", cleanName = "clean", previewName = "preview.webp"

    let patience: Duration
    let maximumPixels: Int
    private let executable: String
    private let queue: WorkerQueue

    /// - Parameters:
    ///   - workers: so many at once; the others wait in turn.
    ///   - patience: for one file, from the start of its worker.
    ///   - maximumPixels: of one frame, width times height.
    ///   - executable: a homechat; nil for this very one, also when its file was replaced meanwhile.
    init(workers: Int, patience: Duration, maximumPixels: Int, executable: String? = nil) {
        self.patience = patience
        self.maximumPixels = maximumPixels
        self.executable = executable ?? "/proc/self/exe"
        queue = WorkerQueue(places: workers)
    }

    /// Looks at `upload` in this folder and leaves `clean` and `preview.webp` beside it where the answer says so, and
    /// nothing where it throws. The folder must hold nothing else of worth.
    /// - Parameter owner: whose it is; nil: the house's.
    func examine(folder: String, for owner: User.ID? = nil) async throws(ExaminationProblem) -> Examination {
        try await queue.enter(for: owner)
        defer { queue.leave(for: owner) }
        let found: Examination
        do throws(ExaminationProblem) {
            found = try await judge(run("--maximum-pixels", "\(maximumPixels)", in: folder).end())
        } catch {
            Self.tidy(folder, keeping: nil)
            throw error
        }
        Self.tidy(folder, keeping: found)
        guard Self.isThere(found, folder) else { throw .unavailable("its worker left nothing behind") }
        return found
    }

    /// For the doctor: whether the libraries are there, their versions, and which limits hold. Takes a place like a file.
    func selfTest() async -> WorkerReport {
        let folder = NSTemporaryDirectory() + "homechat-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }  // the system empties that place as well
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try Data(Self.dot).write(to: URL(fileURLWithPath: folder + "/" + Self.uploadName))
            var report = try await report(folder)
            if report.problem == nil { report.problem = await problem(in: folder) }
            return report
        } catch {
            return WorkerReport(problem: "\(error)")
        }
    }

    private func report(_ folder: String) async throws -> WorkerReport {
        try await queue.enter(for: nil)
        defer { queue.leave(for: nil) }
        guard case .exited(0, let said) = await run("--self-test", in: folder).end(),
            let report = try? JSONDecoder().decode(WorkerReport.self, from: Data(said.utf8))
        else { throw ExaminationProblem.unavailable("its worker could not be run") }
        return report
    }

    private func problem(in folder: String) async -> String? {
        do throws(ExaminationProblem) {
            let found = try await examine(folder: folder)
            return found.image == ImageFacts(width: 1, height: 1, frames: 1)
                ? nil : "an image was taken for \(found.type)"
        } catch {
            return error.description
        }
    }

    /// The smallest GIF.
    private static let dot: [UInt8] =
        Array("GIF89a".utf8) + [
            1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0,
        ]
        + Array(";".utf8)

    private func run(_ arguments: String..., in folder: String) -> WorkerRun {
        let (seconds, fraction) = patience.components
        let milliseconds = max(1, seconds * 1_000 + fraction / 1_000_000_000_000_000)
        return WorkerRun(
            executable: executable, arguments: ["image-worker", "--milliseconds", "\(milliseconds)"] + arguments,
            folder: folder, patience: patience)
    }

    private func judge(_ end: WorkerRun.End) throws(ExaminationProblem) -> Examination {
        if Task.isCancelled { throw .cancelled }
        switch end {
        case .exited(0, let said):
            let answer = WorkerAnswer(lastOf: said, maximumPixels: maximumPixels)
            if let found = answer?.examination { return found }
            throw answer?.problem ?? .unavailable("its worker made no sense")
        case .exited(let code, _): throw .unavailable("its worker ended with code \(code)")
        case .died(let signal, let said):
            // It was about to draw a page. The file is what it is without one.
            let answer = WorkerAnswer(lastOf: said, maximumPixels: maximumPixels)
            if let found = answer?.examination, found.image == nil, found.preview == nil { return found }
            throw Self.meaning(of: signal)
        case .tookTooLong: throw .tooSlow
        case .failed(let why): throw .unavailable(why)
        }
    }

    private static func meaning(of signal: Int32) -> ExaminationProblem {
        switch signal {
        case SIGALRM, SIGXCPU: .tooSlow
        // Whoever kills it is not us: most likely the kernel, for want of memory.
        case SIGKILL, SIGTERM, SIGINT, SIGHUP: .unavailable("its worker was killed")
        default: .unreadable
        }
    }

    private static func tidy(_ folder: String, keeping found: Examination?) {
        if found?.isCleaned != true { unlink("\(folder)/\(cleanName)") }
        if found?.preview == nil { unlink("\(folder)/\(previewName)") }
    }

    private static func isThere(_ found: Examination, _ folder: String) -> Bool {
        (!found.isCleaned || isFile("\(folder)/\(cleanName)"))
            && (found.preview == nil || isFile("\(folder)/\(previewName)"))
    }

    private static func isFile(_ path: String) -> Bool {
        var about = stat()
        return lstat(path, &about) == 0 && about.st_mode & S_IFMT == S_IFREG && about.st_size > 0
    }
}

extension FileExaminer {
    /// By this very program, within the operator's limits.
    init(_ rules: Settings.Files) {
        self.init(workers: rules.workers, patience: Files.examinationTime, maximumPixels: rules.maximumPixels)
    }
}
