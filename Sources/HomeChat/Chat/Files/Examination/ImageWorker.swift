import Foundation
import Imaging

/// What `homechat image-worker` does: it looks at one file, in a process of its own that can do nothing else, because
/// parsers written in C are let loose on a stranger's bytes.
package struct ImageWorker {
    /// Both edges of a preview are at most so long, in pixels.
    static let previewEdge = 800
    static let maximumFrames = 1_000
    /// All frames together may have so many times the pixels that one may have.
    static let maximumLength = 4

    let maximumPixels: Int
    let milliseconds: Int

    package init(maximumPixels: Int, milliseconds: Int) {
        self.maximumPixels = maximumPixels
        self.milliseconds = milliseconds
    }

    /// It was not started in the folder of a job.
    package struct NoJob: Error {}

    /// Says lines of JSON, each knowing more than the one before: whoever dies over the page of a PDF has said that it is one.
    package func examine(_ say: (String) throws -> Void) throws {
        let answer: WorkerAnswer
        do {
            try limit()
            guard let job = JobFiles() else { throw NoJob() }
            _ = try Self.seal()
            answer = WorkerAnswer(try examine(job) { try say(WorkerAnswer($0).line()) })
        } catch let problem as ExaminationProblem {
            answer = WorkerAnswer(problem)
        }
        try say(answer.line())
    }

    /// Says what is there and what holds, as a `WorkerReport`.
    package func report(_ say: (String) throws -> Void) throws {
        try limit()
        try say(WorkerReport.made().line())
    }

    private func examine(_ job: JobFiles, _ soFar: (Examination) throws -> Void) throws -> Examination {
        if let missing = imaging_load_magic() { throw Self.missing(missing) }
        let said = imaging_type(job.upload).map { String(cString: $0) }
        let type = MediaType.settled(said, beginning: job.beginning(), isUTF8: job.isUTF8)
        if let kind = MediaType.images[type] { return try clean(job, kind, type) }
        let file = Examination(type: type)
        guard type == MediaType.pdf else { return file }
        try soFar(file)
        return firstPage(job, file)
    }

    private func clean(_ job: JobFiles, _ kind: imaging_kind, _ type: String) throws -> Examination {
        if let missing = imaging_load_vips(kind) { throw Self.missing(missing) }
        let bounds = imaging_bounds(
            pixels: Int64(maximumPixels), all_pixels: Int64(maximumPixels * Self.maximumLength),
            frames: Int32(Self.maximumFrames))
        var size = imaging_size()
        try Self.check(imaging_clean(kind, job.upload, job.clean, bounds, &size))
        var found = Examination(type: type)
        found.image = ImageFacts(width: Int(size.width), height: Int(size.height), frames: Int(size.frames))
        found.isCleaned = true
        try Self.check(imaging_preview(job.clean, job.preview, Int32(Self.previewEdge), &size))
        found.preview = PreviewFacts(width: Int(size.width), height: Int(size.height))
        return found
    }

    /// Without one where the library has no way to draw pages, or this one cannot be drawn: it is a file like others then.
    private func firstPage(_ job: JobFiles, _ file: Examination) -> Examination {
        var size = imaging_size()
        guard imaging_load_vips(IMAGING_PDF) == nil,
            imaging_preview(job.upload, job.preview, Int32(Self.previewEdge), &size) == IMAGING_DONE
        else { return file }
        var file = file
        file.preview = PreviewFacts(width: Int(size.width), height: Int(size.height))
        return file
    }

    private func limit() throws {
        let error = imaging_limit(UInt32(milliseconds))
        guard error == 0 else { throw ExaminationProblem.unavailable("limits were refused, \(Self.reason(error))") }
    }

    static func seal() throws -> imaging_sandbox {
        var sandbox = imaging_sandbox()
        let error = imaging_seal(&sandbox)
        guard error == 0 else { throw ExaminationProblem.unavailable("the sandbox was refused, \(Self.reason(error))") }
        return sandbox
    }

    static func missing(_ what: UnsafePointer<CChar>) -> ExaminationProblem {
        .unavailable("\(String(cString: what)) is missing")
    }

    private static func reason(_ error: Int32) -> String { String(cString: strerror(error)) }

    private static func check(_ outcome: imaging_outcome) throws {
        switch outcome {
        case IMAGING_DONE: return
        case IMAGING_TOO_MANY_PIXELS: throw ExaminationProblem.tooManyPixels
        case IMAGING_TOO_LARGE: throw ExaminationProblem.tooLarge
        case IMAGING_DISK_FULL: throw ExaminationProblem.diskFull
        default: throw ExaminationProblem.unreadable
        }
    }
}
