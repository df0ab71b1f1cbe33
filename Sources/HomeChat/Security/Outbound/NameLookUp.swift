import Foundation
import NIOPosix

/// Asks the system for the addresses of names.
enum NameLookUp {
    /// Threads that do nothing else: a name server that is silent holds one up for half a minute, and who owns a name decides
    /// who serves it.
    private static let threads: NIOThreadPool = {
        let threads = NIOThreadPool(numberOfThreads: 16)
        threads.start()
        return threads
    }()

    /// Every address of a name, in the order in which the system would try them.
    static func addresses(of host: String) async throws -> [String] { try await addresses(of: host, asking: ask) }

    /// Whoever gives up does not wait for the system, which cannot.
    static func addresses(
        of host: String, asking ask: @escaping @Sendable (String) throws -> [String]
    ) async throws -> [String] {
        let (answers, answer) = AsyncThrowingStream.makeStream(of: [String].self)
        let asking = Task {
            do {
                answer.yield(try await threads.runIfActive { try ask(host) })
                answer.finish()
            } catch {
                answer.finish(throwing: error)
            }
        }
        answer.onTermination = { _ in asking.cancel() }
        for try await addresses in answers { return addresses }
        throw CancellationError()
    }

    @Sendable private static func ask(_ host: String) throws -> [String] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &first) == 0 else { throw OutboundProblem.unknownName }
        defer { freeaddrinfo(first) }
        return sequence(first: first, next: { $0?.pointee.ai_next }).prefix { $0 != nil }.compactMap { entry in
            entry.flatMap { text($0.pointee) }
        }
    }

    private static func text(_ entry: addrinfo) -> String? {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let length = socklen_t(text.count)
        guard getnameinfo(entry.ai_addr, entry.ai_addrlen, &text, length, nil, 0, NI_NUMERICHOST) == 0 else {
            return nil
        }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
