import Foundation
import Synchronization
import Testing

@testable import HomeChat

@Suite struct ExaminationQueueTests {
    private final class Order: Sendable {
        let numbers = Mutex<[Int]>([])
    }

    @Test func `twenty at once are looked at four at a time, and all of them`() async throws {
        try await withJob([1]) { job in
            // The first wait until four are in, so that four are seen; nobody ever sees more.
            let examiner = try job.examiner(
                script: """
                    mkdir ../../in.$$
                    ls -d ../../in.* | wc -l >>../../counts
                    [ $(ls -d ../../in.* | wc -l) -ge 4 ] && touch ../../reached
                    while [ ! -e ../../reached ]; do sleep 0.01; done
                    ls -d ../../in.* | wc -l >>../../counts
                    rmdir ../../in.$$
                    echo '{"examination":{"type":"text/plain","isCleaned":false}}'
                    """, workers: 4)
            let found = try await withThrowingTaskGroup(of: Examination.self) { group in
                for number in 0..<20 {
                    let folder = job.folder + "/\(number)"
                    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                    group.addTask { try await examiner.examine(folder: folder) }
                }
                return try await group.reduce(into: [Examination]()) { $0.append($1) }
            }
            #expect(found == Array(repeating: Examination(type: "text/plain"), count: 20))
            let counts = try job.text("counts").split(separator: "\n").compactMap {
                Int($0.trimmingCharacters(in: .whitespaces))
            }
            #expect(counts.count == 40 && counts.max() == 4)
        }
    }

    @Test func `twenty pictures at once all come out`() async throws {
        let found = try await withThrowingTaskGroup(of: Examination.self) { group in
            for number in 1...20 { group.addTask { try await examined(SampleFiles.png(width: number, height: 2)) } }
            return try await group.reduce(into: [Int]()) { $0.append($1.image?.width ?? 0) }
        }
        #expect(found.sorted() == Array(1...20))
    }

    @Test func `cancelling ends the worker before it returns`() async throws {
        try await withJob([1]) { job in
            let examiner = try job.examiner(
                script: "trap '' TERM; touch clean; echo $$ >../writing; mv ../writing ../pid; exec /bin/sleep 1000")
            let task = Task { try await examiner.examine(folder: job.folder) }
            while !FileManager.default.fileExists(atPath: job.surroundings + "/pid") { await Task.yield() }
            task.cancel()
            await #expect(throws: ExaminationProblem.cancelled) { try await task.value }
            let process = try #require(pid_t(try job.text("pid").trimmingCharacters(in: .whitespacesAndNewlines)))
            #expect(kill(process, 0) == -1 && errno == ESRCH)
            #expect(job.names == ["upload"])
            // Its place is free again.
            try Data("#!/bin/sh\n".utf8).write(to: URL(fileURLWithPath: job.surroundings + "/other"))
            let second = Task { try await examiner.examine(folder: job.folder) }
            second.cancel()
            await #expect(throws: ExaminationProblem.cancelled) { try await second.value }
        }
    }

    @Test func `the others wait in order`() async throws {
        let queue = WorkerQueue(places: 1)
        try await queue.enter()
        let order = Order()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    try await queue.enter()
                    order.numbers.withLock { $0.append(number) }
                    queue.leave()
                }
                while queue.waiting <= number { await Task.yield() }
            }
            queue.leave()
            try await group.waitForAll()
        }
        #expect(order.numbers.withLock { $0 } == Array(0..<20))
    }

    @Test func `whoever gives up waiting takes nobody's place`() async throws {
        let queue = WorkerQueue(places: 1)
        try await queue.enter()
        let impatient = Task { try await queue.enter() }
        while queue.waiting < 1 { await Task.yield() }
        let patient = Task { try await queue.enter() }
        while queue.waiting < 2 { await Task.yield() }
        impatient.cancel()
        await #expect(throws: ExaminationProblem.cancelled) { try await impatient.value }
        queue.leave()
        try await patient.value
        queue.leave()
        try await queue.enter()
    }

    @Test func `more than the bound are sent away at once`() async throws {
        let queue = WorkerQueue(places: 1)
        try await queue.enter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<WorkerQueue.maximumWaiting { group.addTask { try await queue.enter() } }
            while queue.waiting < WorkerQueue.maximumWaiting { await Task.yield() }
            await #expect(throws: ExaminationProblem.unavailable("too many others wait for it")) {
                try await queue.enter()
            }
            for _ in 0..<WorkerQueue.maximumWaiting { queue.leave() }
            try await group.waitForAll()
        }
    }
}
