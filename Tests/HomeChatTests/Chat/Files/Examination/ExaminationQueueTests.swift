import Foundation
import Synchronization
import Testing

@testable import HomeChat

@Suite struct ExaminationQueueTests {
    private final class Order: Sendable {
        let numbers = Mutex<[Int]>([])
    }

    private static let ana = User.ID(1), ben = User.ID(2)

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
                    group.addTask { try await examiner.examine(folder: folder, for: User.ID(Int64(number % 5 + 1))) }
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

    /// Lets all of them wait behind somebody, one after the other, and lets them in.
    private func order(of owners: [WorkerQueue.Owner], places: Int = 1) async throws -> [Int] {
        let queue = WorkerQueue(places: places)
        for _ in 0..<places { try await queue.enter(for: nil) }
        let order = Order()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, owner) in owners.enumerated() {
                group.addTask {
                    try await queue.enter(for: owner)
                    order.numbers.withLock { $0.append(number) }
                    queue.leave(for: owner)
                }
                while queue.waiting <= number { await Task.yield() }
            }
            for _ in 0..<places { queue.leave(for: nil) }
            try await group.waitForAll()
        }
        return order.numbers.withLock { $0 }
    }

    @Test func `the others wait in order`() async throws {
        #expect(try await order(of: Array(repeating: Self.ana, count: 20)) == Array(0..<20))
    }

    @Test func `whoever sends one waits for one of whoever sends many`() async throws {
        let order = try await order(of: [Self.ana, Self.ana, Self.ana, Self.ana, Self.ben, nil, Self.ben])
        #expect(order == [0, 4, 5, 1, 6, 2, 3])
    }

    @Test func `one person has half the places`() async throws {
        let queue = WorkerQueue(places: 4)
        for _ in 0..<2 { try await queue.enter(for: Self.ana) }
        let third = Task { try await queue.enter(for: Self.ana) }
        while queue.waiting < 1 { await Task.yield() }
        for _ in 0..<2 { try await queue.enter(for: Self.ben) }
        // Somebody else's place is of no use to her, her own is.
        queue.leave(for: Self.ben)
        #expect(queue.waiting == 1)
        queue.leave(for: Self.ana)
        try await third.value
    }

    @Test func `whoever gives up waiting takes nobody's place`() async throws {
        let queue = WorkerQueue(places: 1)
        try await queue.enter(for: Self.ana)
        let impatient = Task { try await queue.enter(for: Self.ben) }
        while queue.waiting < 1 { await Task.yield() }
        let patient = Task { try await queue.enter(for: Self.ben) }
        while queue.waiting < 2 { await Task.yield() }
        impatient.cancel()
        await #expect(throws: ExaminationProblem.cancelled) { try await impatient.value }
        queue.leave(for: Self.ana)
        try await patient.value
        queue.leave(for: Self.ben)
        try await queue.enter(for: Self.ben)
    }

    @Test func `more than the bound of one are sent away at once, and others are not`() async throws {
        let queue = WorkerQueue(places: 1)
        try await queue.enter(for: Self.ana)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<WorkerQueue.maximumWaitingOfOne { group.addTask { try await queue.enter(for: Self.ana) } }
            while queue.waiting < WorkerQueue.maximumWaitingOfOne { await Task.yield() }
            await #expect(throws: ExaminationProblem.unavailable("too many others wait for it")) {
                try await queue.enter(for: Self.ana)
            }
            group.addTask { try await queue.enter(for: Self.ben) }
            while queue.waiting <= WorkerQueue.maximumWaitingOfOne { await Task.yield() }
            queue.leave(for: Self.ana)
            #expect(queue.waiting == WorkerQueue.maximumWaitingOfOne)
            queue.leave(for: Self.ben)
            for _ in 0..<WorkerQueue.maximumWaitingOfOne { queue.leave(for: Self.ana) }
            try await group.waitForAll()
        }
    }

    @Test func `more than the bound of all are sent away at once`() async throws {
        let queue = WorkerQueue(places: 1)
        let people = WorkerQueue.maximumWaiting / WorkerQueue.maximumWaitingOfOne
        try await queue.enter(for: nil)
        await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<WorkerQueue.maximumWaiting {
                group.addTask { try await queue.enter(for: User.ID(Int64(number % people + 1))) }
            }
            while queue.waiting < WorkerQueue.maximumWaiting { await Task.yield() }
            await #expect(throws: ExaminationProblem.unavailable("too many others wait for it")) {
                try await queue.enter(for: nil)
            }
            group.cancelAll()
        }
    }
}
