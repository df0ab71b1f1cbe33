import NIOCore

/// The part of a connection that waits: performs its commands one after another, in the connection's task.
struct CableSession<Principal: Sendable>: Sendable {
    let principal: Principal
    let channels: [String: CableChannel<Principal>]
    let connection: NIOLoopBound<CableConnection>
    let eventLoop: any EventLoop

    private static var maximumChecks: Int { 8 }

    func take(_ step: CableStep) async {
        switch step {
        case .subscribe(let identifier, let version): await subscribe(identifier, version)
        case .perform(let identifier, let data): await perform(identifier, data)
        case .ended(let identifier): await ended(identifier)
        }
    }

    private func subscribe(_ identifier: CableIdentifier, _ version: Int) async {
        let parameters = identifier.parameters
        guard let name = parameters.string("channel"), let channel = channels[name] else { return reject(identifier) }
        var version = version
        for _ in 0..<Self.maximumChecks {
            // Thrown or nil is the same to the client: it may not, or there is no such thing.
            guard let grant = try? await channel.subscribe(principal, parameters) else { return reject(identifier) }
            switch await settle(grant, identifier, version) {
            case .confirmed: return await channel.began(principal, parameters)
            case .dropped: return
            case .checkAgain(let newVersion): version = newVersion
            }
        }
        reject(identifier)
    }

    private func perform(_ identifier: CableIdentifier, _ data: CableParameters) async {
        let parameters = identifier.parameters
        guard let action = data.string("action"), let channel = channel(parameters) else { return }
        await channel.perform(principal, action, parameters, data)
    }

    private func ended(_ identifier: CableIdentifier) async {
        let parameters = identifier.parameters
        await channel(parameters)?.ended(principal, parameters)
    }

    private func channel(_ parameters: CableParameters) -> CableChannel<Principal>? {
        parameters.string("channel").flatMap { channels[$0] }
    }

    // MARK: Over to the event loop

    /// Nil when the connection hears nothing more and everything that was confirmed has been ended.
    @inline(never)
    func next() async -> CableStep? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                eventLoop.execute { connection.value.next(continuation) }
            }
        } onCancel: {
            eventLoop.execute { connection.value.closeNow() }
        }
    }

    private func settle(
        _ grant: CableSubscriptionGrant, _ identifier: CableIdentifier, _ version: Int
    ) async -> CableGrantOutcome {
        await withCheckedContinuation { continuation in
            eventLoop.execute {
                continuation.resume(
                    returning: connection.value.settle(grant, for: identifier, rightsVersion: version))
            }
        }
    }

    private func reject(_ identifier: CableIdentifier) {
        eventLoop.execute { connection.value.reject(identifier) }
    }
}

/// Does the work in a child task. A task keeps the largest stack that it ever needed, and these wait for hours:
/// it was half of what an idle connection costs. Never inlined, for the same reason.
@inline(never)
func apart<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value? {
    await withTaskGroup(of: Value.self) { group in
        group.addTask(operation: work)
        return await group.next()
    }
}
