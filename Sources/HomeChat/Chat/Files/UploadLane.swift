import Foundation
import NIOPosix

/// Where files are worked on while they come in: one thread that stands behind all others, so that nobody's message waits for
/// somebody's film. Waiting for the disk holds up other uploads alone.
final class UploadLane: TaskExecutor {
    static let shared = UploadLane()
    /// To whoever has work to do, others come first. Linux keeps this for each thread.
    static let niceness: Int32 = 10

    private let pool = NIOThreadPool(numberOfThreads: 1)

    private init() {
        pool.start()
        pool.submit { _ in _ = nice(Self.niceness) }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pool.submit { [self] _ in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
