import Foundation

/// Takes the notices of other processes that work on the same file, for the one process that serves it.
///
/// A message is notices, a line each, and an empty line; the answer is `ok`. Another process sends one message, waits for the
/// answer, and sends the next, so the effect of a command on the running server is certain when the command ends.
///
/// `@unchecked` because Dispatch does not say so of its sources; this one is only cancelled, which any thread may do.
final class ControlSocket: @unchecked Sendable {
    private static let endOfMessage = Array("\n\n".utf8)
    private static let answer = Array("ok\n".utf8)
    private static let patience = Duration.seconds(1)

    private let socket: UnixSocket
    private let source: any DispatchSourceRead
    /// Held as long as this process serves. Unlike a file that is there, a lock cannot be left behind by a crash.
    private let lock: FileDescriptor

    init(_ socket: UnixSocket, received: @escaping @Sendable ([String]) -> Void) throws {
        lock = FileDescriptor(open(socket.path + ".lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600))
        guard lock.number >= 0 else {
            throw StorageError.unavailable("cannot create \(socket.path).lock: \(String(cString: strerror(errno)))")
        }
        guard flock(lock.number, LOCK_EX | LOCK_NB) == 0 else {
            throw StorageError.unavailable("another homechat is already serving this data directory")
        }
        unlink(socket.path)
        let listener = try socket.listen()
        self.socket = socket
        source = DispatchSource.makeReadSource(
            fileDescriptor: listener.number, queue: DispatchQueue(label: "homechat.storage.control"))
        source.setEventHandler { Self.serve(listener, received) }
        source.activate()
    }

    func close() {
        unlink(socket.path)
        source.cancel()
    }

    /// One after the other: commands are rare, short, and of the same user.
    private static func serve(_ listener: FileDescriptor, _ received: ([String]) -> Void) {
        let connection = FileDescriptor(accept(listener.number, nil, nil))
        guard connection.number >= 0 else { return }
        _ = fcntl(connection.number, F_SETFD, FD_CLOEXEC)
        connection.setTimeouts(patience)
        while let message = connection.receive(
            until: endOfMessage, maximumBytes: Notice.maximumBytes + endOfMessage.count)
        {
            let notices = Notice.unpacked(String(decoding: message, as: UTF8.self))
            guard (try? Notice.check(notices)) != nil else { return }  // not one of ours: it gets no answer
            received(notices)
            // Whoever asked may have left; the notices are in.
            guard (try? connection.send(answer)) != nil else { return }
        }
    }

    /// Returns when the server has the notices, or when there is none.
    static func hand(_ payloads: [String], to socket: UnixSocket) throws {
        guard let connection = try socket.connect(timeout: patience) else { return }
        for payload in payloads {
            try connection.send(Array(payload.utf8) + endOfMessage)
            guard connection.receive(until: Array("\n".utf8), maximumBytes: answer.count) == answer.dropLast() else {
                throw StorageError.unavailable("the running server did not answer")
            }
        }
    }
}
