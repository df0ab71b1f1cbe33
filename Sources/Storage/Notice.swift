import Synchronization

/// The form of what is announced: one line, small enough for `NOTIFY`, which takes less than 8,000 bytes.
public enum Notice {
    public static let maximumBytes = 7_900

    static func check(_ notices: [String]) throws {
        for notice in notices {
            guard (1...maximumBytes).contains(notice.utf8.count), notice.utf8.allSatisfy({ $0 >= 0x20 }) else {
                throw StorageError.failed("a notice must be one line of 1 to \(maximumBytes) bytes")
            }
        }
    }

    /// Joins notices into as few payloads as they fit in, a line each.
    static func packed(_ notices: [String]) -> [String] {
        var payloads: [String] = []
        for notice in notices {
            if let last = payloads.indices.last, payloads[last].utf8.count + 1 + notice.utf8.count <= maximumBytes {
                payloads[last] += "\n" + notice
            } else {
                payloads.append(notice)
            }
        }
        return payloads
    }

    static func unpacked(_ payload: String) -> [String] {
        payload.split(separator: "\n").map(String.init)
    }
}

/// Keeps notices in order until their consumer comes for them, and hands out everything that waits at once.
final class NoticeInbox: Sendable {
    /// A consumer that is further behind has to catch up by reading, as after a lost connection.
    static let limit = 10_000
    /// So that one `.said` is a query of reasonable size for whoever looks its rows up.
    static let batch = 500

    fileprivate struct State {
        var waiting: [Notices] = []
        var count = 0
        var consumer: CheckedContinuation<Notices?, Never>?
        var isFinished = false
    }

    private let state = Mutex(State())

    var stream: AsyncStream<Notices> {
        AsyncStream(unfolding: { await self.next() }, onCancel: { self.stopConsumer() })
    }

    func said(_ notices: [String]) {
        guard !notices.isEmpty else { return }
        update { state in
            if state.count + notices.count > Self.limit {
                state.waiting = [.gap]
                state.count = 0
            } else {
                for start in stride(from: 0, to: notices.count, by: Self.batch) {
                    state.append(notices[start..<min(start + Self.batch, notices.count)])
                }
            }
        }
    }

    func gap() {
        update { state in
            if state.waiting.last != .gap { state.waiting.append(.gap) }
        }
    }

    func finish() {
        update { $0.isFinished = true }
    }

    private func next() async -> Notices? {
        await withCheckedContinuation { continuation in
            let former = state.withLock { state in
                let former = state.consumer
                state.consumer = continuation
                return former
            }
            former?.resume(returning: nil)
            // Cancelled between the stream's own check and here, nobody would wake the consumer any more.
            if Task.isCancelled {
                stopConsumer()
            } else {
                update { _ in }
            }
        }
    }

    private func stopConsumer() {
        let consumer = state.withLock { $0.takeConsumer() }
        consumer?.resume(returning: nil)
    }

    private func update(_ change: (inout State) -> Void) {
        let (consumer, next) = state.withLock { state in
            change(&state)
            guard !state.waiting.isEmpty || state.isFinished, let consumer = state.takeConsumer() else {
                return (CheckedContinuation<Notices?, Never>?.none, Notices?.none)
            }
            return (consumer, state.takeNext())
        }
        consumer?.resume(returning: next)
    }
}

extension NoticeInbox.State {
    fileprivate mutating func append(_ notices: ArraySlice<String>) {
        count += notices.count
        if case .said(let earlier) = waiting.last, earlier.count + notices.count <= NoticeInbox.batch {
            waiting[waiting.count - 1] = .said(earlier + notices)
        } else {
            waiting.append(.said(Array(notices)))
        }
    }

    fileprivate mutating func takeNext() -> Notices? {
        guard !waiting.isEmpty else { return nil }
        let next = waiting.removeFirst()
        if case .said(let notices) = next { count -= notices.count }
        return next
    }

    fileprivate mutating func takeConsumer() -> CheckedContinuation<Notices?, Never>? {
        defer { consumer = nil }
        return consumer
    }
}
