import CProcess
import Foundation

/// What the system lets this process have, and what it lets others have of it.
package enum ProcessLimits {
    /// Enough for the connections that the settings allow; many systems give 1,024 unless asked.
    private static let files: rlim_t = 65_536

    /// As many open files as this account may have without being given more.
    package static func raiseFiles() {
        let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(openFiles, &limit) == 0, limit.rlim_cur < files else { return }
        limit.rlim_cur = min(limit.rlim_max, files)
        setrlimit(openFiles, &limit)  // refused: it stays as it was
    }

    /// Keys and passwords in memory go into no core dump, and no other process of this account can read them there.
    package static func keepMemoryPrivate() {
        var limit = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        // A dump that goes to a program knows no limit (core(5)), so it is forbidden as well.
        _ = process_forbid_dumps()
    }
}
