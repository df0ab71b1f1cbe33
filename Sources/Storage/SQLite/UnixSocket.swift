import Foundation

/// A Unix socket's address, and the few calls that are made with one.
struct UnixSocket: Sendable {
    let path: String

    /// Binds and listens with nobody but this user let in.
    func listen() throws -> FileDescriptor {
        let descriptor = try FileDescriptor.socket()
        try withAddress { address, length in
            guard bind(descriptor.number, address, length) == 0 else { throw failure("bind") }
        }
        // Before it listens, nobody can connect, so there is no moment in which others may.
        guard chmod(path, 0o600) == 0 else { throw failure("chmod") }
        guard Glibc.listen(descriptor.number, 16) == 0 else { throw failure("listen") }
        return descriptor
    }

    /// Returns nil when nobody listens.
    func connect(timeout: Duration) throws -> FileDescriptor? {
        let descriptor = try FileDescriptor.socket()
        descriptor.setTimeouts(timeout)
        return try withAddress { address, length in
            if Glibc.connect(descriptor.number, address, length) == 0 { return descriptor }
            if errno == ENOENT || errno == ECONNREFUSED { return nil }
            throw failure("connect")
        }
    }

    private func failure(_ call: String) -> StorageError {
        .unavailable("\(call) \(path): \(String(cString: strerror(errno)))")
    }

    /// A socket's address takes 107 bytes of path. A longer one is reached through its folder's descriptor instead.
    private func withAddress<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result
    ) throws -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path) - 1
        var name = path
        var folder: FileDescriptor?
        if name.utf8.count > capacity {
            let url = URL(fileURLWithPath: path)
            let opened = FileDescriptor(open(url.deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
            guard opened.number >= 0 else { throw failure("open the folder of") }
            folder = opened
            name = "/proc/self/fd/\(opened.number)/\(url.lastPathComponent)"
        }
        defer { withExtendedLifetime(folder) {} }
        guard name.utf8.count <= capacity else {
            throw StorageError.failed("the path of the socket is too long: \(path)")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name.utf8) }
        return try withUnsafePointer(to: &address) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}

/// Closes what it holds when nobody needs it any more.
final class FileDescriptor: Sendable {
    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    deinit {
        if number >= 0 { close(number) }
    }

    static func socket() throws -> FileDescriptor {
        let descriptor = FileDescriptor(Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
        guard descriptor.number >= 0 else {
            throw StorageError.unavailable("socket: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    /// How long one `send`, `receive` or `connect` may take.
    func setTimeouts(_ timeout: Duration) {
        let (seconds, attoseconds) = timeout.components
        var value = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(number, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    func send(_ bytes: some Collection<UInt8>) throws {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if sent < 0, errno == EINTR { continue }
            guard sent > 0 else { throw StorageError.unavailable("send: \(String(cString: strerror(errno)))") }
            rest = rest.dropFirst(sent)
        }
    }

    /// Reads until `end` came and returns what came before it; nil when the other side ends or is too slow.
    func receive(until end: [UInt8], maximumBytes: Int) -> [UInt8]? {
        let deadline = ContinuousClock.now + .seconds(1)
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while received.count <= maximumBytes, ContinuousClock.now < deadline {
            let count = recv(number, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            received += buffer.prefix(count)
            if received.suffix(end.count) == end[...] { return received.dropLast(end.count) }
        }
        return nil
    }
}
