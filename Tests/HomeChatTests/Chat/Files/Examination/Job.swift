import Foundation
import Testing

@testable import HomeChat

/// A folder with an upload in it, as the server makes one, removed at the end.
struct Job {
    /// Around the job's own folder, for what scripts tell.
    let surroundings: String
    var folder: String { surroundings + "/job" }

    /// The command line stands beside the bundle of the tests.
    static let homechat =
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().path + "/homechat"

    /// Half of them for one, and all tests are one.
    static let examiner = FileExaminer(
        workers: 6, patience: .seconds(60), maximumPixels: 50_000_000, executable: homechat)

    func contents(_ name: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
    }

    func text(_ name: String) throws -> String {
        try String(contentsOfFile: surroundings + "/" + name, encoding: .utf8)
    }

    /// What lies in the folder, sorted; nil without one.
    var names: [String]? { try? FileManager.default.contentsOfDirectory(atPath: folder).sorted() }

    /// An examiner whose worker is a shell script, without environment, in the folder.
    func examiner(
        script: String, workers: Int = 1, patience: Duration = .seconds(60), maximumPixels: Int = 50_000_000
    ) throws -> FileExaminer {
        let path = surroundings + "/worker-\(UInt32.random(in: 0 ... .max))"
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(fileURLWithPath: path))
        #expect(chmod(path, 0o700) == 0)
        return FileExaminer(workers: workers, patience: patience, maximumPixels: maximumPixels, executable: path)
    }
}

func withJob(_ upload: [UInt8], _ body: (Job) async throws -> Void) async throws {
    let job = Job(surroundings: NSTemporaryDirectory() + "examination-" + UUID().uuidString)
    try FileManager.default.createDirectory(atPath: job.folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: job.surroundings) }
    try Data(upload).write(to: URL(fileURLWithPath: job.folder + "/upload"))
    try await body(job)
}

/// By the real worker.
func examined(_ upload: [UInt8], by examiner: FileExaminer = Job.examiner) async throws -> Examination {
    var found: Examination?
    try await withJob(upload) { found = try await examiner.examine(folder: $0.folder) }
    return try #require(found)
}
