internal import CLinux
import Glibc

/// Lines of text from a serial port, as a code reader sends them, or one that presents itself as a
/// serial port.
///
/// Blocks its own thread; to be used by one task at a time.
package actor LineInput {
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private let executor: any SerialExecutor  // Held strongly: `unownedExecutor` is not.
    private let path: String
    private let baudRate: Int
    private var descriptor: CInt = -1
    private var rest: [UInt8] = []
    /// Whether the line that is arriving is longer than it may be.
    private var isTooLong = false

    /// The longest line that is taken, in bytes; one that is longer is thrown away whole.
    package static let limit = 2_048

    package init(path: String, baudRate: Int, executor: any SerialExecutor) {
        self.path = path
        self.baudRate = baudRate
        self.executor = executor
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// What a look at the port has brought.
    package enum Look: Hashable, Sendable {
        case line(String)
        case nothing
        /// The port is not there, or gone; the system's error number.
        case failed(errno: Int32)
    }

    /// Waits for a line, at most a quarter of a second.
    package func next() -> Look {
        if let line = takeLine() { return .line(line) }
        if descriptor < 0, let failure = openPort() { return .failed(errno: failure) }
        var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&ready, 1, 250) > 0 else { return .nothing }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else {
            let failure = count == 0 ? ENODEV : errno
            guard failure != EAGAIN else { return .nothing }
            close(descriptor)
            descriptor = -1
            // What was read of a line before it was pulled out is no line.
            rest = []
            isTooLong = false
            return .failed(errno: failure)
        }
        rest += bytes[..<count]
        return takeLine().map { .line($0) } ?? .nothing
    }

    private func takeLine() -> String? {
        while let end = rest.firstIndex(where: { $0 == 0x0A || $0 == 0x0D }) {
            let line = rest[..<end]
            rest = Array(rest[(end + 1)...])
            defer { isTooLong = false }
            if !line.isEmpty, !isTooLong, line.count <= Self.limit {
                return String(decoding: line, as: UTF8.self)
            }
        }
        if rest.count > Self.limit {
            isTooLong = true
            rest = []
        }
        return nil
    }

    /// - Returns: The error number where it cannot be opened.
    private func openPort() -> CInt? {
        descriptor = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else { return nil }
        cfmakeraw(&settings)
        settings.c_cflag |= tcflag_t(CLOCAL | CREAD)
        let speeds: [Int: speed_t] = [
            1_200: speed_t(B1200), 2_400: speed_t(B2400), 4_800: speed_t(B4800),
            9_600: speed_t(B9600), 19_200: speed_t(B19200), 38_400: speed_t(B38400),
            57_600: speed_t(B57600), 115_200: speed_t(B115200),
        ]
        cfsetspeed(&settings, speeds[baudRate] ?? speed_t(B9600))
        tcsetattr(descriptor, TCSANOW, &settings)
        tcflush(descriptor, TCIFLUSH)
        return nil
    }
}
