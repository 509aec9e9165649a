internal import CLinux
import Glibc

/// One client of a simulated TCP server.
struct ServerConnection: Sendable {
    let descriptor: CInt
    /// Tells it from a later connection with the same descriptor.
    let number: Int
    var stream: ServerStream
    var output: [UInt8] = []
    /// Set when the connection has to go.
    var end: End?

    enum End: Sendable {
        case close
        case reset
    }

    init(descriptor: CInt, number: Int, framing: TCPFraming) {
        self.descriptor = descriptor
        self.number = number
        stream = ServerStream(framing: framing)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        var yes: CInt = 1
        setsockopt(
            descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<CInt>.size))
    }

    var pollDescriptor: pollfd {
        let events = POLLIN | (output.isEmpty ? 0 : POLLOUT)
        return pollfd(fd: descriptor, events: Int16(events), revents: 0)
    }

    /// Sends what can be sent without waiting.
    mutating func flush() {
        guard !output.isEmpty, end == nil else { return }
        let count = send(descriptor, output, output.count, CInt(MSG_NOSIGNAL))
        if count > 0 { output.removeFirst(count) }
        if count < 0, errno != EAGAIN, errno != EINTR { end = .close }
        // A client that never reads is cut off before its answers fill the memory.
        if output.count > Self.outputLimit { end = .close }
    }

    private static let outputLimit = 1 << 20
}
