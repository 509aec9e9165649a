internal import CLinux
import Glibc

/// Puts a terminal into a state from which any setting is a change.
///
/// A pseudo-terminal (socat, a serial server's port driver, the simulation) keeps no parity bit.
/// The C library takes a request whose only effect would be that bit for refused, with EINVAL: so
/// after a client that was killed, whose settings still stand, the next client with parity could
/// never configure the line again. A real port takes the settings either way.
/// Source: glibc, sysdeps/unix/sysv/linux/tcsetattr.c.
enum TerminalReset {
    /// - Returns: Whether the terminal could be set back.
    static func apply(to path: String) -> Bool {
        let descriptor = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var settings = termios()
        guard tcgetattr(descriptor, &settings) == 0 else { return false }
        // Any speed that no bus has.
        cfsetispeed(&settings, speed_t(B150))
        cfsetospeed(&settings, speed_t(B150))
        return tcsetattr(descriptor, TCSANOW, &settings) == 0
    }
}
