import Execution
import Glibc

/// The place of a Unix socket in the file system.
package struct ListeningSocket: Hashable, Sendable {
    package let path: String

    package init(path: String) {
        self.path = path
    }

    /// Makes the folder where it is missing, and refuses a socket that another process serves.
    /// What a dead process left is replaced when the server binds.
    func prepare() throws(MaintenanceServerError) {
        guard (1...Self.longestPath).contains(path.utf8.count) else { throw .path(path) }
        try makeFolder()
        guard !isServed else { throw .inUse(path) }
    }

    /// Lets the owner and the group in, and nobody else.
    func restrict() throws(MaintenanceServerError) {
        guard chmod(path, 0o660) == 0 else { throw .unusable(path: path, errno: errno) }
    }

    func remove() {
        unlink(path)
    }

    /// What fits `sun_path` with its final zero. Source: unix(7).
    private static let longestPath = 107

    private func makeFolder() throws(MaintenanceServerError) {
        var built = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/").dropLast() {
            built += "/" + part
            if mkdir(built, 0o755) != 0, errno != EEXIST {
                throw .unusable(path: built, errno: errno)
            }
        }
    }

    /// Whether another process answers there.
    package var isServed: Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}

/// Why the maintenance interface cannot be served.
package enum MaintenanceServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Empty, or longer than the kernel takes.
    case path(String)
    /// Another process answers there.
    case inUse(String)
    /// The system's error number.
    case unusable(path: String, errno: Int32)

    package var description: String {
        switch self {
        case .path(let path):
            "a socket's path has 1 to 107 bytes; \"\(path)\" has \(path.utf8.count)"
        case .inUse(let path): "another process serves \(path)"
        case .unusable(let path, let errno): "\(path): \(SystemError.text(errno))"
        }
    }
}
