import Foundation
import Logging
import ServiceLifecycle
import Storage
import Synchronization

/// Takes what AI bots were asked, a few at once, and sees to it that none is left half answered. On two nodes one has it.
final class AIWorker: Service {
    static let atOnce = 4
    private static let period = Duration.seconds(5)

    private let answering: AIAnswering
    private let doing: AIDoing
    private let database: any Database
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    /// What this process is called among the nodes.
    private let node: String
    private let running = Mutex<Set<Job>>([])
    private let bell: AsyncStream<Void>
    private let button: AsyncStream<Void>.Continuation

    /// A question may come back as something to do before its first task is quite over.
    private struct Job: Hashable {
        let id: AIRequest.ID
        let isDoing: Bool
    }

    init(
        database: any Database, models: AIModels, home: HomeAssistantREST?, audit: AuditLog,
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        node = UUID().uuidString.lowercased()
        answering = AIAnswering(
            database: database, models: models, home: home, node: node, now: now, logger: logger)
        doing = AIDoing(database: database, home: home, audit: audit, node: node, now: now, logger: logger)
        self.database = database
        self.now = now
        self.logger = logger
        (bell, button) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// There is something to do.
    func ring() { button.yield() }

    func run() async throws {
        await attempt { try await endAbandoned(all: database.engine == .sqlite) }
        ring()
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { group in
                // Leases are renewed and buttons run out by the clock, of which no notice tells.
                group.addTask { [self] in
                    while (try? await Task.sleep(for: Self.period)) != nil { ring() }
                }
                for await _ in bell {
                    await attempt { try await look(&group) }
                }
                group.cancelAll()
            }
        }
    }

    private func look(_ group: inout DiscardingTaskGroup) async throws {
        guard try await database.read({ tx in try AIRequest.hasOpen(tx) }) else { return }
        let mine = running.withLock { $0.map(\.id) }
        if !mine.isEmpty {
            try await database.write { [now, node] tx in try AIRequest.renew(mine, by: node, at: now(), tx) }
        }
        try await endAbandoned(all: false)
        for request in try await claim(atMost: Self.atOnce - mine.count) {
            let job = Job(id: request.id, isDoing: request.state == .doing)
            running.withLock { _ = $0.insert(job) }
            group.addTask { [self] in
                if job.isDoing {
                    await doing.carryOut(request)
                } else {
                    await answering.answer(request)
                }
                running.withLock { _ = $0.remove(job) }
                ring()
            }
        }
    }

    private func claim(atMost limit: Int) async throws -> [AIRequest] {
        guard limit > 0 else { return [] }
        return try await database.write { [now, node] tx in
            guard try AIRequest.isCalm(tx) else { return [] }
            let moment = now()
            return try AIRequest.claim(atMost: limit, by: node, at: moment, tx).filter { request in
                guard request.state == .working, request.createdAt + AIRequest.patience < moment else { return true }
                try AIRequest.setState(.dropped, of: request.id, at: moment, tx)
                return false
            }
        }
    }

    /// What a process that is gone had begun, and questions that nobody decided.
    private func endAbandoned(all: Bool) async throws {
        let mine = running.withLock { $0.map(\.id) }
        try await database.write { [now] tx in
            guard try AIRequest.isCalm(tx) else { return }
            let moment = now()
            for request in try AIRequest.abandoned(all: all, except: mine, at: moment, tx) {
                try request.endAbandoned(at: moment, tx)
            }
            for request in try AIRequest.undecided(since: moment - AIRequest.decisionPeriod, tx) {
                try request.end(with: "Nobody decided, so nothing was done.", at: moment, tx)
            }
            try AIRequest.removeOld(before: moment - AIRequest.memory, tx)
        }
    }

    private func attempt(_ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            logger.warning("AI bots could not be looked after", metadata: ["error_type": "\(type(of: error))"])
        }
    }
}

extension AIRequest {
    /// Somebody had begun, and is gone: once more where nothing was said yet, and an end where something was.
    fileprivate func endAbandoned(at now: Timestamp, _ tx: borrowing Transaction) throws {
        if state == .doing {
            return try end(with: "I was interrupted, so it is not known whether this was done.", at: now, tx)
        }
        if answer == nil, attempts < Self.maximumAttempts {
            try Self.retry(id, at: now, tx)
            tx.announce(.aiAsked)
            return
        }
        guard answer == nil else { return try end(with: "*\(AIProblem.interrupted.ending)*", at: now, tx) }
        try Self.setState(.failed, of: id, at: now, tx)
        guard let bot = try Bot.find(bot, tx), let question = try Message.find(question, tx),
            try ChannelAccess.mayPost(bot.principal, in: question.channel, tx)
        else { return }
        let id = try AIAnswer.post(AIProblem.interrupted.message, to: question, by: bot, at: now, tx)
        try Self.setAnswer(id, of: self.id, tx)
    }

    fileprivate func end(with words: String, at now: Timestamp, _ tx: borrowing Transaction) throws {
        try Self.setState(.done, of: id, at: now, tx)
        guard let answer, let bot = try Bot.find(bot, tx), let message = try Message.find(answer, tx),
            try ChannelAccess.mayPost(bot.principal, in: message.channel, tx)
        else { return }
        try AIAnswer.end(answer, with: "\(message.content)\n\n\(words)", by: bot, at: now, tx)
    }
}

extension ChannelAccess {
    /// For what is done in passing, and left where it is not possible.
    fileprivate static func mayPost(
        _ principal: Principal, in channel: Channel.ID, _ tx: borrowing Transaction
    ) throws -> Bool {
        do {
            _ = try require(.post, in: channel, for: principal, tx)
            return true
        } catch is ChatError {
            return false
        }
    }
}
