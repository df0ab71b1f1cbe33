import Synchronization

/// Lets so many in at once; the others wait in order, up to a bound.
final class WorkerQueue: Sendable {
    static let maximumWaiting = 256

    private struct State {
        var free: Int
        var waiting: [(ticket: Int, turn: CheckedContinuation<Bool, Never>)] = []
        var nextTicket = 0
    }

    private let state: Mutex<State>

    init(places: Int) {
        state = Mutex(State(free: places))
    }

    /// How many wait.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// Whoever comes in must `leave`.
    func enter() async throws(ExaminationProblem) {
        let ticket = state.withLock { state in
            state.nextTicket += 1
            return state.nextTicket
        }
        let isIn = await withTaskCancellationHandler {
            await withCheckedContinuation { turn in
                if let answer = take(ticket, turn) { turn.resume(returning: answer) }
            }
        } onCancel: {
            giveUp(ticket)
        }
        guard isIn else { throw Task.isCancelled ? .cancelled : .unavailable("too many others wait for it") }
    }

    /// nil when it has to wait.
    private func take(_ ticket: Int, _ turn: CheckedContinuation<Bool, Never>) -> Bool? {
        state.withLock { state in
            if Task.isCancelled { return false }
            if state.free > 0 {
                state.free -= 1
                return true
            }
            guard state.waiting.count < Self.maximumWaiting else { return false }
            state.waiting.append((ticket, turn))
            return nil
        }
    }

    private func giveUp(_ ticket: Int) {
        let turn = state.withLock { state in
            state.waiting.firstIndex { $0.ticket == ticket }.map { state.waiting.remove(at: $0).turn }
        }
        turn?.resume(returning: false)
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiting.removeFirst().turn
        }
        next?.resume(returning: true)
    }
}
