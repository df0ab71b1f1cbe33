import Synchronization

/// Lets so many in at once, of one person half of them; the others wait, up to a bound. Whose turn is longest ago is next, so
/// that nobody waits for all that somebody else sends.
final class WorkerQueue: Sendable {
    static let maximumWaiting = 1024
    static let maximumWaitingOfOne = 128

    /// nil: the house's own.
    typealias Owner = User.ID?

    fileprivate struct Waiting {
        let ticket: Int
        let owner: Owner
        let turn: CheckedContinuation<Bool, Never>
    }

    fileprivate struct State {
        let share: Int
        var free: Int
        var waiting: [Waiting] = []
        var inside: [Owner: Int] = [:]
        /// Of those who are inside or wait, their last turn.
        var turns: [Owner: Int] = [:]
        var lastTicket = 0
        var lastTurn = 0
    }

    private let state: Mutex<State>

    init(places: Int) {
        state = Mutex(State(share: (places + 1) / 2, free: places))
    }

    /// How many wait.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// Whoever comes in must `leave`.
    func enter(for owner: Owner) async throws(ExaminationProblem) {
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        let isIn = await withTaskCancellationHandler {
            await withCheckedContinuation { turn in
                if let answer = take(Waiting(ticket: ticket, owner: owner, turn: turn)) {
                    turn.resume(returning: answer)
                }
            }
        } onCancel: {
            giveUp(ticket)
        }
        guard isIn else { throw Task.isCancelled ? .cancelled : .unavailable("too many others wait for it") }
    }

    /// nil when it has to wait.
    private func take(_ wish: Waiting) -> Bool? {
        state.withLock { state in
            if Task.isCancelled { return false }
            if state.mayEnter(wish.owner) {
                state.letIn(wish.owner)
                return true
            }
            let own = state.waiting.count { $0.owner == wish.owner }
            guard state.waiting.count < Self.maximumWaiting, own < Self.maximumWaitingOfOne else { return false }
            state.waiting.append(wish)
            return nil
        }
    }

    private func giveUp(_ ticket: Int) {
        let gone = state.withLock { state -> Waiting? in
            guard let index = state.waiting.firstIndex(where: { $0.ticket == ticket }) else { return nil }
            let gone = state.waiting.remove(at: index)
            state.forget(gone.owner)
            return gone
        }
        gone?.turn.resume(returning: false)
    }

    func leave(for owner: Owner) {
        let next = state.withLock { state in
            state.letOut(owner)
            let next = state.next()
            state.forget(owner)
            return next
        }
        next?.turn.resume(returning: true)
    }
}

extension WorkerQueue.State {
    func mayEnter(_ owner: WorkerQueue.Owner) -> Bool { free > 0 && inside[owner, default: 0] < share }

    mutating func letIn(_ owner: WorkerQueue.Owner) {
        free -= 1
        lastTurn += 1
        inside[owner, default: 0] += 1
        turns[owner] = lastTurn
    }

    mutating func letOut(_ owner: WorkerQueue.Owner) {
        free += 1
        inside[owner, default: 0] -= 1
    }

    mutating func next() -> WorkerQueue.Waiting? {
        let ready = waiting.indices.filter { mayEnter(waiting[$0].owner) }
        guard let index = ready.min(by: { turns[waiting[$0].owner, default: 0] < turns[waiting[$1].owner, default: 0] })
        else { return nil }
        let next = waiting.remove(at: index)
        letIn(next.owner)
        return next
    }

    mutating func forget(_ owner: WorkerQueue.Owner) {
        guard inside[owner, default: 0] == 0, !waiting.contains(where: { $0.owner == owner }) else { return }
        inside[owner] = nil
        turns[owner] = nil
    }
}
