import CProcess
import Foundation

/// What this process lets others see of it.
package enum ProcessGuard {
    /// No core dump, no debugger of the same account, no look into its memory or environment: all three would hold the master
    /// key. And whatever it creates is for its own account only.
    package static func begin() {
        umask(0o077)
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
        _ = process_forbid_dumps()  // a dump that goes to a program knows no limit (core(5))
    }
}

extension Settings {
    /// With `production`: refuses what a server that others rely on must not be.
    package func requireFitForProduction() throws {
        guard isProduction else { return }
        guard geteuid() != 0 || allowsRoot else {
            throw ChatError.forbidden(
                "production is on, and this is root: run it as an account of its own, or with --allow-root true")
        }
        let key = KeyFile(path: MasterKeyFile(settings: self).path)
        guard masterKey == nil, let tree = key.workTree else { return }
        throw ChatError.conflict(
            "production is on, and the master key \(key.path) lies in the git work tree \(tree), from where it may be "
                + "published; move it out")
    }
}
