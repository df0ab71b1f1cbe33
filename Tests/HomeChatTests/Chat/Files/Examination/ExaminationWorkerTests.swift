import Foundation
import Synchronization
import Testing

@testable import HomeChat

/// What becomes of the server's side when its worker behaves badly. Scripts stand in for one that was taken over.
@Suite struct ExaminationWorkerTests {
    private static let text = #"{"examination":{"type":"text/plain","isCleaned":false}}"#

    private func end(
        _ script: String, patience: Duration = .seconds(60)
    ) async throws -> (ExaminationProblem?, [String]?) {
        var problem: ExaminationProblem?
        var names: [String]?
        try await withJob([1, 2, 3]) { job in
            let examiner = try job.examiner(script: script, patience: patience)
            do throws(ExaminationProblem) {
                _ = try await examiner.examine(folder: job.folder)
            } catch {
                problem = error
            }
            names = job.names
        }
        return (problem, names)
    }

    @Test func `a worker is told its limits, and inherits no environment`() async throws {
        try await withJob([1]) { job in
            let script = """
                echo "$@" >../arguments; pwd >../place; /usr/bin/env >../environment
                echo '\(Self.text)'
                """
            let examiner = try job.examiner(script: script, patience: .milliseconds(64_200), maximumPixels: 9_000)
            #expect(try await examiner.examine(folder: job.folder) == Examination(type: "text/plain"))
            #expect(try job.text("arguments") == "image-worker --milliseconds 64200 --maximum-pixels 9000\n")
            #expect(try job.text("place").hasSuffix("/job\n"))
            // The shell makes up one of its own.
            #expect(try job.text("environment").split(separator: "\n").allSatisfy { $0.hasPrefix("PWD=") })
        }
    }

    @Test func `one that takes too long is killed`() async throws {
        try await withJob([1]) { job in
            let examiner = try job.examiner(
                script: "trap '' TERM; echo $$ >../pid; touch clean preview.webp; exec /bin/sleep 1000",
                patience: .seconds(2))
            await #expect(throws: ExaminationProblem.tooSlow) { try await examiner.examine(folder: job.folder) }
            let process = try #require(pid_t(try job.text("pid").trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(kill(process, 0) == -1 && errno == ESRCH)
            #expect(job.names == ["upload"])
        }
    }

    @Test func `the real one ends itself in time`() async throws {
        let slow = SampleFiles.gif(width: 300, height: 300, delays: Array(repeating: 2, count: 900))
        try await withJob(slow) { job in
            let examiner = FileExaminer(
                workers: 1, patience: .milliseconds(400), maximumPixels: 50_000_000, executable: Job.homechat)
            await #expect(throws: ExaminationProblem.tooSlow) { try await examiner.examine(folder: job.folder) }
            #expect(job.names == ["upload"])
        }
    }

    @Test(
        arguments: [
            ("kill -KILL $$", .unavailable("its worker was killed")), ("kill -SEGV $$", .unreadable),
            ("kill -ABRT $$", .unreadable), ("kill -SYS $$", .unreadable), ("kill -XCPU $$", .tooSlow),
            ("kill -ALRM $$", .tooSlow),
            ("exit 1", .unavailable("its worker ended with code 1")),
            ("exit 2", .unavailable("its worker ended with code 2")),
        ] as [(String, ExaminationProblem)])
    func `how it ended says why`(script: String, problem: ExaminationProblem) async throws {
        let (found, names) = try await end("touch clean preview.webp; " + script)
        #expect(found == problem && names == ["upload"])
    }

    @Test(arguments: [
        "", "echo", "echo rubbish", "head -c 300 /dev/urandom", "printf '%s' '\(text)'", "echo '\(text)'; echo more",
        "echo '{}'", "echo '[]'", "echo null", #"echo '{"examination":{"type":"text/plain"}}'"#,
        #"echo '{"problem":{"nonsense":{}}}'"#, #"echo '{"examination":{"type":7,"isCleaned":false}}'"#,
        #"echo '{"problem":{"tooSlow":{}},"examination":{"type":"text/plain","isCleaned":false}}'"#,
    ])
    func `one that makes no sense is not believed`(script: String) async throws {
        let (found, names) = try await end(script)
        #expect(found == .unavailable("its worker made no sense") && names == ["upload"])
    }

    @Test func `one that says too much is not listened to`() async throws {
        let (found, _) = try await end("exec /usr/bin/yes")
        #expect(found == .unavailable("its worker said too much"))
    }

    private static func image(
        _ width: Int, _ height: Int, _ frames: Int, type: String = "image/png", isCleaned: Bool = true
    ) -> String {
        #"{"examination":{"type":"\#(type)","isCleaned":\#(isCleaned),"image":{"width":\#(width),"height":\#(height),"frames":\#(frames)}}}"#
    }

    @Test(arguments: [
        image(0, 1, 1), image(1, -1, 1), image(1, 1, 0), image(1, 1, 1_001), image(10_000, 10_000, 1),
        image(.max, .max, 1), image(.max, 1, 1), image(1, 1, 1, type: "text/html"),
        image(1, 1, 1, type: "image/svg+xml"),
        image(1, 1, 1, isCleaned: false),
        #"{"examination":{"type":"text/html\r\nX-Y: z","isCleaned":false}}"#,
        #"{"examination":{"type":"TEXT/HTML","isCleaned":false}}"#, #"{"examination":{"type":"","isCleaned":false}}"#,
        #"{"examination":{"type":"text/html","isCleaned":true}}"#,
        #"{"examination":{"type":"text/html","isCleaned":false,"preview":{"width":1,"height":1}}}"#,
        #"{"examination":{"type":"application/pdf","isCleaned":false,"preview":{"width":801,"height":1}}}"#,
        #"{"examination":{"type":"application/pdf","isCleaned":false,"preview":{"width":0,"height":1}}}"#,
    ])
    func `what cannot be is not believed`(answer: String) async throws {
        #expect(WorkerAnswer(lastOf: answer + "\n", maximumPixels: 50_000_000) == nil)
    }

    @Test(arguments: [
        "", "mkdir clean", "ln -s /etc/passwd clean", "touch clean", "echo >clean; ln -s clean preview.webp",
    ])
    func `what it promised must be there`(script: String) async throws {
        let answer =
            #"{"examination":{"type":"image/png","isCleaned":true,"image":{"width":1,"height":1,"frames":1},"preview":{"width":1,"height":1}}}"#
        let (found, _) = try await end("\(script)\necho '\(answer)'")
        #expect(found == .unavailable("its worker left nothing behind"))
    }

    @Test func `whoever dies over the page of a PDF has said that it is one`() async throws {
        try await withJob([1]) { job in
            let early = #"echo '{"examination":{"type":"application/pdf","isCleaned":false}}'; echo x >preview.webp; "#
            for death in ["kill -SEGV $$", "kill -ALRM $$", "kill -KILL $$"] {
                let examiner = try job.examiner(script: early + death)
                #expect(try await examiner.examine(folder: job.folder) == Examination(type: "application/pdf"))
                #expect(job.names == ["upload"])
            }
            let examiner = try job.examiner(script: early + "exit 3")
            await #expect(throws: ExaminationProblem.unavailable("its worker ended with code 3")) {
                try await examiner.examine(folder: job.folder)
            }
        }
    }

    @Test func `without a worker, or without a folder, nothing is found out`() async throws {
        let nobody = FileExaminer(workers: 1, patience: .seconds(9), maximumPixels: 1, executable: "/nowhere/homechat")
        try await withJob([1]) { job in
            await #expect(throws: ExaminationProblem.unavailable("its worker could not be run")) {
                try await nobody.examine(folder: job.folder)
            }
        }
        await #expect(throws: ExaminationProblem.unavailable("its worker could not be run")) {
            try await Job.examiner.examine(folder: "/nowhere")
        }
        try await withJob([1]) { job in
            try FileManager.default.removeItem(atPath: job.folder + "/upload")
            await #expect(throws: ExaminationProblem.unavailable("its worker ended with code 2")) {
                try await Job.examiner.examine(folder: job.folder)
            }
        }
        #expect(await nobody.selfTest().problem == "files cannot be looked at now: its worker could not be run")
    }

    @Test func `a worker that looks at itself finds everything there, and no way out`() async throws {
        let report = await Job.examiner.selfTest()
        #expect(report.problem == nil && report.escapes == [])
        #expect(report.magic?.hasPrefix("5.") == true && report.vips?.hasPrefix("8.") == true)
        #expect(report.filtersCalls && report.landlock > 0)
    }

    @Test func `problems are told in words`() {
        let all: [ExaminationProblem] = [
            .tooManyPixels, .unreadable, .tooSlow, .tooLarge, .diskFull, .cancelled, .unavailable("why"),
        ]
        #expect(Set(all.map(\.description)).count == all.count)
        #expect(all.allSatisfy { $0.description.count > 15 })
    }
}
