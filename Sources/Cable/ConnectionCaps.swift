import NIOCore
import Synchronization

/// How many sockets may be open, in all and by one client. One object may count for several listeners.
public final class ConnectionCaps: Sendable {
    /// Of an IPv6 client the network counts: a household or a host has a /64 to choose addresses from.
    enum Client: Hashable {
        case ipv4(UInt32)
        case ipv6Network(UInt64)
    }

    private struct Open {
        var total = 0
        var refused = 0
        var byClient: [Client: Int] = [:]
    }

    private let maximum: Int
    private let maximumPerClient: Int
    private let isExempt: @Sendable (_ ip: String) -> Bool
    private let onRefusal: @Sendable () -> Void
    private let open = Mutex(Open())

    /// - Parameter isExempt: whose sockets are always taken, as a trusted proxy's: they count in all, but not by client.
    public init(
        maximum: Int, perClient maximumPerClient: Int,
        isExempt: @escaping @Sendable (_ ip: String) -> Bool = { _ in false },
        onRefusal: @escaping @Sendable () -> Void = {}
    ) {
        self.maximum = maximum
        self.maximumPerClient = maximumPerClient
        self.isExempt = isExempt
        self.onRefusal = onRefusal
    }

    /// Sockets that are open now.
    public var count: Int { open.withLock { $0.total } }

    /// Sockets that were closed because of a cap, since this object was made.
    public var refused: Int { open.withLock { $0.refused } }

    /// Counts the socket until it is closed, or returns false: then it is to be closed.
    func admit(_ channel: any Channel) -> Bool {
        let address = channel.remoteAddress
        let isExempt = address?.ipAddress.map(self.isExempt) ?? true  // a Unix domain socket has no address
        let client = isExempt ? nil : address.flatMap(Self.client)
        let isAdmitted = open.withLock { open in
            let isFull = client.map { open.byClient[$0, default: 0] >= maximumPerClient } ?? false
            guard !isFull, isExempt || open.total < maximum else {
                open.refused += 1
                return false
            }
            if let client { open.byClient[client, default: 0] += 1 }
            open.total += 1
            return true
        }
        guard isAdmitted else {
            onRefusal()
            return false
        }
        channel.closeFuture.whenComplete { [self] _ in release(client) }
        return true
    }

    private func release(_ client: Client?) {
        open.withLock { open in
            open.total -= 1
            guard let client, let count = open.byClient[client] else { return }
            open.byClient[client] = count > 1 ? count - 1 : nil
        }
    }

    static func client(_ address: SocketAddress) -> Client? {
        switch address {
        case .v4(let address):
            return .ipv4(withUnsafeBytes(of: address.address.sin_addr) { $0.loadUnaligned(as: UInt32.self) })
        case .v6(let address):
            return withUnsafeBytes(of: address.address.sin6_addr) { bytes in
                let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
                return isMapped
                    ? .ipv4(bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
                    : .ipv6Network(bytes.loadUnaligned(as: UInt64.self))
            }
        case .unixDomainSocket: return nil
        }
    }
}
