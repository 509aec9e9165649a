import Execution
import Glibc

/// Finds out at once, and in plain words, why linlid cannot be reached.
enum SocketProbe {
    /// - Throws: Where nobody serves the socket, or this user may not use it.
    static func check(_ path: String) throws(CommandFailure) {
        var address = sockaddr_un()
        let limit = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard (1...limit).contains(path.utf8.count) else {
            throw .unreachable(
                "\"\(path)\" cannot be a socket: its path has 1 to \(limit) bytes",
                hint: "name the socket of linlid with --socket")
        }
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw failure(errno, path) }
        defer { Glibc.close(descriptor) }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard status == 0 else { throw failure(errno, path) }
    }

    private static func failure(_ error: Int32, _ path: String) -> CommandFailure {
        switch error {
        case ENOENT:
            .unreachable(
                "linlid is not running: there is no socket \(path)",
                hint: "start it with `systemctl start linlid`, or name its socket with --socket")
        case ECONNREFUSED:
            .unreachable(
                "linlid is not running: nobody answers at \(path)",
                hint: "see why with `journalctl -u linlid`, then `systemctl start linlid`")
        case EACCES, EPERM:
            .unreachable(
                "you may not use \(path)",
                hint: "join its group with `sudo usermod -aG linli $USER` and log in again, or "
                    + "use sudo")
        default:
            .unreachable(
                "\(path) cannot be reached: \(SystemError.text(error))",
                hint: "name the socket of linlid with --socket")
        }
    }
}
