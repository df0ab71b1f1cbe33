import Foundation

/// What the system lets this process have.
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
}
