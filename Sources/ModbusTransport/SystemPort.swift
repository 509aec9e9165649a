internal import CLinux
internal import CModbus
import Glibc
import Execution
import Modbus

/// An open line or connection: libmodbus opens and configures it, this moves its bytes.
///
/// libmodbus 3.1.6 sends every raw request with transaction identifier 0, frames no answer to
/// function 43, and hands over a late answer as if it were the right one (its issues 255 and
/// 861). So bytes are sent and received here, where the bus decides what they are.
/// Not safe to share: it belongs to one thread.
final class SystemPort: BusPort {
    private let context: OpaquePointer
    private let descriptor: Int32
    private let isSocket: Bool
    private var buffer = [UInt8](repeating: 0, count: 512)

    /// How long a connection may take to be made.
    static let connectTimeout: Duration = .seconds(3)
    /// How long what was sent may go unacknowledged by the other side's system.
    private static let deliveryTimeout: Duration = .seconds(8)

    /// Opens and configures the line, or connects.
    ///
    /// - Throws: The system's error number.
    init(_ link: BusLink) throws(PortError) {
        let made: OpaquePointer? =
            switch link {
            case .serial(let path, let settings, _):
                modbus_new_rtu(
                    path, Int32(settings.baudRate), settings.parity.libmodbusCode, 8,
                    Int32(settings.stopBits))
            case .tcp(let host, let port), .rtuOverTCP(let host, let port):
                modbus_new_tcp_pi(host, String(port))
            }
        guard let made else { throw PortError(errno: errno) }
        modbus_set_response_timeout(made, UInt32(Self.connectTimeout.components.seconds), 0)
        var isOpen = modbus_connect(made) == 0
        if !isOpen, errno == EINVAL, case .serial(let path, _, _) = link,
            TerminalReset.apply(to: path)
        {
            isOpen = modbus_connect(made) == 0
        }
        guard isOpen else {
            let error = PortError(errno: errno)
            modbus_free(made)
            throw error
        }
        context = made
        descriptor = modbus_get_socket(made)
        isSocket = !link.isSerial
        if link.isSerial { try PortLock.take(descriptor) }  // `deinit` closes it again.
        if case .serial(_, _, kernelDirection: true) = link,
            modbus_rtu_set_serial_mode(made, MODBUS_RTU_RS485) != 0
        {
            throw PortError(errno: errno)  // `deinit` closes: all properties are set.
        }
        if isSocket { superviseConnection() }
        let flags = fcntl(descriptor, F_GETFL)
        _ = fcntl(descriptor, F_SETFL, flags | O_NONBLOCK)
    }

    deinit {
        if !isSocket { PortLock.release(descriptor) }
        modbus_close(context)
        modbus_free(context)
    }

    /// Has the system notice a connection that is gone: after 35 s where nothing is said, and
    /// after ``deliveryTimeout`` where something is.
    ///
    /// Asking every 20 s also keeps firewalls that forget what is quiet for a minute from
    /// forgetting the connection.
    private func superviseConnection() {
        set(SO_KEEPALIVE, at: SOL_SOCKET, to: 1)
        let tcp = Int32(IPPROTO_TCP)
        set(TCP_KEEPIDLE, at: tcp, to: 20)
        set(TCP_KEEPINTVL, at: tcp, to: 5)
        set(TCP_KEEPCNT, at: tcp, to: 3)
        set(TCP_USER_TIMEOUT, at: tcp, to: Int32(clamping: Self.deliveryTimeout.milliseconds))
    }

    private func set(_ option: Int32, at level: Int32, to value: Int32) {
        var value = value
        // Only a system without the option refuses; the bus's own time-outs hold all the same.
        _ = setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    var acknowledgedBytes: UInt64? {
        guard isSocket else { return nil }
        let count = linli_tcp_bytes_acknowledged(descriptor)
        return count < 0 ? nil : UInt64(count)
    }

    /// Sends all bytes, waiting at most a second for room.
    func send(_ bytes: [UInt8]) throws(PortError) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { rest in
                isSocket
                    ? Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                    : write(descriptor, rest.baseAddress, rest.count)
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                guard poll(&request, 1, 1_000) > 0 else { throw PortError(errno: ETIMEDOUT) }
            } else if errno != EINTR {
                throw PortError(errno: errno)
            }
        }
    }

    /// Appends what has arrived to `bytes`, waiting at most `timeout` for the first byte.
    ///
    /// - Returns: How many bytes were appended; 0 when nothing came in time.
    func receive(into bytes: inout [UInt8], within timeout: Duration) throws(PortError) -> Int {
        let first = try readAvailable(into: &bytes)
        if first > 0 || timeout <= .zero { return first }
        // Rounded up: waking a millisecond early would turn into a second wait.
        let milliseconds = Int32(clamping: (timeout.nanoseconds + 999_999) / 1_000_000)
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = poll(&request, 1, milliseconds)
        if ready < 0 && errno != EINTR { throw PortError(errno: errno) }
        guard ready > 0 else { return 0 }
        let count = try readAvailable(into: &bytes)
        // A terminal that hung up reads as empty and is always ready.
        if count == 0, Int32(request.revents) & (POLLHUP | POLLERR) != 0 {
            throw PortError(errno: EIO)
        }
        return count
    }

    private func readAvailable(into bytes: inout [UInt8]) throws(PortError) -> Int {
        let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        if count > 0 {
            bytes.append(contentsOf: buffer[..<count])
            return count
        }
        if count == 0 {
            // An empty read is the end of a connection, but only "nothing yet" on a terminal.
            if isSocket { throw PortError(errno: ECONNRESET) }
            return 0
        }
        if errno == EAGAIN || errno == EINTR { return 0 }
        throw PortError(errno: errno)
    }
}

extension SerialSettings.Parity {
    /// The letter libmodbus wants.
    fileprivate var libmodbusCode: CChar {
        switch self {
        case .none: CChar(UInt8(ascii: "N"))
        case .even: CChar(UInt8(ascii: "E"))
        case .odd: CChar(UInt8(ascii: "O"))
        }
    }
}
