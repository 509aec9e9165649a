import Execution
import Glibc
import Synchronization

/// Takes commands for a running simulation on a Unix socket: a line of text each, an answer of
/// text, then the connection ends.
package actor ControlServer {
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private let executor: any SerialExecutor  // Held strongly: `unownedExecutor` is not.
    private let path: String
    private let descriptor: CInt
    private let answer: @Sendable (_ line: String) -> String
    private nonisolated let wake = WakeSignal()
    private nonisolated let isStopped = Atomic(false)

    /// Listens at `path`; a socket left over by a simulation that is gone is replaced.
    package init(
        path: String, executor: any SerialExecutor,
        answer: @escaping @Sendable (_ line: String) -> String
    ) throws(ControlError) {
        self.path = path
        self.executor = executor
        self.answer = answer
        if case .success = ControlClient.connect(path) { throw .inUse(path: path) }
        Self.removeLeftover(path)
        descriptor = UnixSocket.make()
        guard descriptor >= 0 else { throw .socket(path: path, errno: errno) }
        let bound = UnixSocket.withAddress(path) { bind(descriptor, $0, $1) }
        guard let bound else {
            close(descriptor)
            throw .pathTooLong(path)
        }
        guard bound == 0, listen(descriptor, 8) == 0 else {
            let reason = errno
            close(descriptor)
            throw .socket(path: path, errno: reason)
        }
    }

    deinit {
        close(descriptor)
    }

    /// Answers until the task is cancelled, then removes the socket.
    package func run() async {
        await withTaskCancellationHandler {
            serve()
        } onCancel: {
            isStopped.store(true, ordering: .releasing)
            wake.signal()
        }
    }

    private func serve() {
        defer { unlink(path) }
        var descriptors = [
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while !isStopped.load(ordering: .acquiring) {
            PreciseWait.poll(&descriptors, until: nil)
            guard descriptors[1].revents != 0 else { continue }
            let client = accept(descriptor, nil, nil)
            guard client >= 0 else { continue }
            defer { close(client) }
            UnixSocket.setTimeout(client, seconds: 2)
            guard let line = UnixSocket.receive(from: client, untilLineEnd: true, limit: 4_096)
            else { continue }
            let text = String(decoding: line, as: UTF8.self)
            // A client that left without its answer has lost nothing but that.
            _ = UnixSocket.sendAll(
                answer(text.split(separator: "\n").first.map(String.init) ?? "").utf8, to: client)
        }
    }

    private static func removeLeftover(_ path: String) {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK { unlink(path) }
    }
}

/// Why a simulation cannot be controlled.
package enum ControlError: Error, Hashable {
    case pathTooLong(String)
    /// Another simulation answers there.
    case inUse(path: String)
    case socket(path: String, errno: Int32)
    case noAnswer(path: String)
}

extension ControlError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .pathTooLong(let path): "\(path) is too long for a socket: 107 bytes at most"
        case .inUse(let path): "another simulation already listens at \(path)"
        case .socket(let path, let errno): "\(path): \(SystemError.text(errno))"
        case .noAnswer(let path): "the simulation at \(path) does not answer"
        }
    }
}
