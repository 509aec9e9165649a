import Execution
import Glibc

/// An open line or connection of a bus: bytes out, bytes in.
///
/// The system's is a terminal or a socket; a simulated community has its own. It belongs to one
/// thread, which it may block, and is closed when it is let go.
package protocol BusPort: AnyObject {
    /// How many bytes the other side's system has acknowledged on this connection; `nil` where it
    /// cannot be told. Where this has not grown since a request, the server never had it.
    var acknowledgedBytes: UInt64? { get }

    /// Sends all bytes, waiting at most a second for room.
    func send(_ bytes: [UInt8]) throws(PortError)

    /// Appends what has arrived to `bytes`, waiting at most `timeout` for the first byte.
    ///
    /// - Returns: How many bytes were appended; 0 when nothing came in time.
    func receive(into bytes: inout [UInt8], within timeout: Duration) throws(PortError) -> Int
}

/// Why a line cannot be used: the system's error number.
package struct PortError: Error, Hashable {
    package let errno: Int32
    /// The program that has the port, where another does and is known.
    package var holder: String?

    package init(errno: Int32, holder: String? = nil) {
        self.errno = errno
        self.holder = holder
    }
}

/// Where the lines and connections of buses come from, and how the thread of a bus waits.
package struct BusPorts: Sendable {
    /// Opens and configures a line, or connects. Blocks for ``SystemPort/connectTimeout`` at most.
    package let open: @Sendable (BusLink) throws(PortError) -> any BusPort
    /// Blocks the calling thread for a while: more than nothing.
    package let wait: @Sendable (Duration) -> Void

    package init(
        open: @escaping @Sendable (BusLink) throws(PortError) -> any BusPort,
        wait: @escaping @Sendable (Duration) -> Void
    ) {
        self.open = open
        self.wait = wait
    }

    /// Terminals and sockets, and the time of the system.
    package static let system = BusPorts(
        open: { link throws(PortError) in try SystemPort(link) },
        wait: { wait in
            let nanoseconds = wait.nanoseconds
            var left = timespec(
                tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
            var rest = timespec()
            while nanosleep(&left, &rest) != 0, errno == EINTR { left = rest }
        })
}
