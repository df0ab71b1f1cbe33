import CProcess
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

    /// In nanoseconds; the least that Linux takes.
    private static let turn: UInt64 = 100_000

    /// Since Linux 6.12 whoever runs may finish a turn of some milliseconds before somebody comes on who has just been woken. A
    /// message goes through six threads, and with uploads beside it waits for as many turns.
    package static func shortenTurns() {
        _ = process_take_turns_of(turn)  // refused by some sandboxes: then they are as long as they were
    }
}
