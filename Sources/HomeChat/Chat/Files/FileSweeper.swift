import Logging
import NIOPosix
import ServiceLifecycle
import Storage

/// Takes away what nothing refers to any more: messages of deleted channels, files that got no message, bytes.
///
/// Bytes go after their row, and a row only while nothing refers to it. So whatever is interrupted where, and whoever sends the
/// same bytes meanwhile, at worst something stays on the disk that is found later as a stray.
final class FileSweeper: Service {
    static let slice = 500
    private static let period = Duration.minutes(10)
    /// Of a stream of deletions, one look after the other.
    private static let pause = Duration.seconds(1)

    private let database: any Database
    private let folder: FileFolder
    private let readOnly: ReadOnlyMode
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let bell: AsyncStream<Void>
    private let button: AsyncStream<Void>.Continuation

    init(
        database: any Database, folder: FileFolder, readOnly: ReadOnlyMode, now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.database = database
        self.folder = folder
        self.readOnly = readOnly
        self.now = now
        self.logger = logger
        (bell, button) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func ring() { button.yield() }

    func run() async throws {
        try? folder.prepare()  // whoever uploads tries it again, and is told why not
        ring()
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { group in
                group.addTask { [self] in
                    while (try? await Task.sleep(for: Self.period)) != nil { ring() }
                }
                for await _ in bell {
                    do {
                        try await sweep()
                        try await Task.sleep(for: Self.pause)
                    } catch is CancellationError {
                        break
                    } catch {
                        logger.warning("files could not be swept", metadata: ["error_type": "\(type(of: error))"])
                    }
                }
                group.cancelAll()
            }
        }
    }

    /// Nothing is taken away while nothing may be changed: somebody wants to see it as it is.
    func sweep() async throws {
        guard try await !readOnly.isOn() else { return }
        while try await database.read({ tx in try Channel.areRemains(tx) }) {
            try await database.write { tx in try Channel.removeRemains(atMost: Self.slice, tx) }
            try Task.checkCancellation()
        }
        try await dropForgotten()
        try await dropUnused()
        let quiet = now() - FileFolder.graceTime
        try await onDisk { $0.removeLeftovers(before: quiet) }
        try await removeStraysDaily()
    }

    private func dropForgotten() async throws {
        let moment = now() - Files.patience
        while try await database.read({ tx in try File.areForgotten(before: moment, tx) }) {
            try await database.write { tx in
                _ = try File.dropForgotten(before: moment, atMost: Self.slice, tx)
            }
            try Task.checkCancellation()
        }
    }

    private func dropUnused() async throws {
        while true {
            let unused = try await findUnused()
            guard !unused.isEmpty else { return }
            let names = try await removeRows(of: unused)
            try await onDisk { $0.remove(names) }
            try Task.checkCancellation()
        }
    }

    // The three steps one by one, for whoever wants to see what comes between them.

    func findUnused() async throws -> [FileContent.ID] {
        try await database.read { tx in try FileContent.unused(atMost: Self.slice, tx) }
    }

    /// - Returns: what is to go from the disk, now that it is durable that nobody will ask for it.
    func removeRows(of contents: [FileContent.ID]) async throws -> [String] {
        try await database.write { tx in try FileContent.removeUnused(contents, tx) }
    }

    private func onDisk<Result: Sendable>(
        _ work: @escaping @Sendable (FileFolder) throws -> Result
    ) async throws -> Result {
        try await NIOThreadPool.singleton.runIfActive { [folder] in try work(folder) }
    }
}

extension FileSweeper {
    /// By whichever node is first.
    private func removeStraysDaily() async throws {
        let moment = now()
        guard try await database.read({ tx in try Chore.strayFiles.isDue(at: moment, tx) }),
            try await database.write({ tx in try Chore.strayFiles.claim(at: moment, tx) })
        else { return }
        try await removeStrays()
    }

    func removeStrays() async throws {
        let before = now() - FileFolder.graceTime
        var (known, strays) = (0, [(start: String, name: String)]())
        for start in try await onDisk({ $0.starts() }) {
            // The disk first: what is stored after that is not among what is looked at.
            let there = try await onDisk { $0.stored(beginning: start) }
            let names = try await database.read { tx in try FileContent.names(beginning: start, tx) }
            known += names.count
            strays += there.filter { $0.isOurs && $0.changedAt < before && !names.contains($0.name) }
                .map { (start, $0.name) }
            try Task.checkCancellation()
        }
        guard !strays.isEmpty else { return }
        guard strays.count <= known else {
            // A database that knows less than half of the folder may be the wrong one, or not be complete.
            return logger.warning(
                "most of the files are in no database; `homechat files check --remove-strays` removes them",
                metadata: ["strays": "\(strays.count)", "known": "\(known)"])
        }
        let removed = try await onDisk { [strays] folder in
            strays.count { folder.remove(stray: $0.name, in: $0.start) }
        }
        logger.notice(
            "stray files were removed", metadata: ["count": "\(removed)", "left": "\(strays.count - removed)"])
    }
}
