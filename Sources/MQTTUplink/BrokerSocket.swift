import Glibc

/// A TCP socket that never blocks. Closed where it is let go.
final class BrokerSocket {
    let descriptor: CInt

    /// How long sent bytes may stay unacknowledged by the other machine.
    private static let unacknowledgedMilliseconds: CInt = 20_000

    init(_ descriptor: CInt) {
        self.descriptor = descriptor
        set(TCP_NODELAY, 1)
        set(TCP_USER_TIMEOUT, Self.unacknowledgedMilliseconds)
    }

    deinit {
        close(descriptor)
    }

    /// Why connecting failed; 0 where it did not.
    var pendingError: CInt {
        var error: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size)
        return error
    }

    enum Received: Hashable {
        case bytes(Int)
        case nothing
        case end
    }

    func read(into buffer: inout [UInt8]) throws(SocketError) -> Received {
        let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
        if count > 0 { return .bytes(count) }
        if count == 0 { return .end }
        guard errno == EAGAIN || errno == EINTR else { throw SocketError(number: errno) }
        return .nothing
    }

    /// - Returns: How many bytes the system has taken.
    func write(_ bytes: ArraySlice<UInt8>) throws(SocketError) -> Int {
        let count = bytes.withUnsafeBytes {
            send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
        if count >= 0 { return count }
        guard errno == EAGAIN || errno == EINTR else { throw SocketError(number: errno) }
        return 0
    }

    private func set(_ option: CInt, _ value: CInt) {
        var value = value
        setsockopt(
            descriptor, CInt(IPPROTO_TCP), option, &value, socklen_t(MemoryLayout<CInt>.size))
    }
}

/// An error number of the system.
struct SocketError: Error, Hashable {
    let number: CInt
}
