internal import CLinux
import Glibc

/// Tells systemd how this service is doing, through the socket it names in `NOTIFY_SOCKET`.
///
/// Does nothing where the service was not started by systemd.
/// Source: sd_notify(3), "Notes" on the protocol, stable since systemd 205.
package struct ServiceNotifier: Sendable {
    private let address: [UInt8]?
    /// How often the watchdog wants to hear of the service; `nil` where there is none.
    package let watchdogInterval: Duration?

    /// - Parameter environment: Where `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` are.
    package init(environment: (String) -> String?) {
        address = environment("NOTIFY_SOCKET").flatMap { path in
            guard path.hasPrefix("/") || path.hasPrefix("@"), path.utf8.count < 108 else {
                return nil
            }
            var bytes = Array(path.utf8)
            if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }  // The abstract name space.
            return bytes
        }
        let isForUs = environment("WATCHDOG_PID").map { Int32($0) == getpid() } ?? true
        watchdogInterval = environment("WATCHDOG_USEC").flatMap(Int64.init).flatMap { limit in
            isForUs && limit > 0 ? .microseconds(limit) : nil
        }
    }

    /// The service is up; `status` is what `systemctl status` shows.
    package func ready(status: String) { send("READY=1\nSTATUS=\(status)") }

    package func status(_ text: String) { send("STATUS=\(text)") }

    package func reloading(at monotonicMicroseconds: Int64) {
        send("RELOADING=1\nMONOTONIC_USEC=\(monotonicMicroseconds)")
    }

    package func stopping() { send("STOPPING=1") }

    /// The service is alive.
    package func watchdog() { send("WATCHDOG=1") }

    private func send(_ text: String) {
        guard let address else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: address) }
        let length = MemoryLayout<sa_family_t>.size + address.count
        let bytes = Array(text.utf8)
        // Losing a notification is right: it must never stop the service.
        _ = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(
                    descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), address,
                    socklen_t(length))
            }
        }
    }
}
