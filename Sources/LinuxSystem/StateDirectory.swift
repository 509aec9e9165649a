import Execution
import Glibc

/// The folder that holds what a gateway must keep, locked for one process.
///
/// The lock is the kernel's (`flock`): it goes away with the process, however that ends.
package struct StateDirectory: ~Copyable {
    package let path: String
    private let lockDescriptor: Int32

    /// Makes the folder where it is missing, and locks it.
    ///
    /// - Throws: ``StateDirectoryError``.
    package init(path: String) throws(StateDirectoryError) {
        try Self.make(path)
        let lockPath = path + "/lock"
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unusable(path: lockPath, errno: errno) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let reason = errno
            let owner = Self.owner(in: descriptor)
            Glibc.close(descriptor)
            throw reason == EWOULDBLOCK
                ? .inUse(path: path, process: owner)
                : .unusable(path: lockPath, errno: reason)
        }
        let own = "\(getpid())\n"
        _ = ftruncate(descriptor, 0)
        _ = own.withCString { pwrite(descriptor, $0, own.utf8.count, 0) }
        self.path = path
        lockDescriptor = descriptor
        Self.restrict(path)
    }

    deinit {
        Glibc.close(lockDescriptor)
    }

    /// Makes a folder for this account alone, and those above it.
    private static func make(_ path: String) throws(StateDirectoryError) {
        var built = path.hasPrefix("/") ? "" : "."
        let parts = path.split(separator: "/")
        for (place, part) in parts.enumerated() {
            built += "/" + part
            if mkdir(built, place == parts.count - 1 ? 0o700 : 0o755) != 0, errno != EEXIST {
                throw .unusable(path: built, errno: errno)
            }
        }
    }

    /// Takes everybody else's rights to the folder and to what this program keeps in it, also where
    /// an earlier version or an open umask has given some. A folder that is shared with others, as
    /// /tmp is, stays so.
    private static func restrict(_ path: String) {
        var status = stat()
        // Where a right cannot be taken, the owner is another account, which has given it.
        if stat(path, &status) == 0, status.st_mode & S_ISVTX == 0, status.st_uid == geteuid() {
            chmod(path, status.st_mode & 0o700)
        }
        guard let folder = opendir(path) else { return }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard Self.kept.contains(where: name.hasPrefix) else { continue }
            let file = path + "/" + name
            guard lstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                status.st_mode & 0o077 != 0
            else { continue }
            chmod(file, status.st_mode & 0o700)
        }
    }

    /// How the names begin of all that is kept in the folder.
    private static let kept = [
        "outbox", "access", "audit.", "alarms.json", "lighting.json", "charging.json", "codes.key",
        "lock", "meters", "metering",
    ]

    private static func owner(in descriptor: Int32) -> Int32? {
        var text = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &text, text.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: text[..<count], as: UTF8.self).prefix { $0.isNumber })
    }
}

/// Why a state folder cannot be used.
package enum StateDirectoryError: Error, Hashable, CustomStringConvertible {
    /// Another gateway runs on it; its process number, where it could be read.
    case inUse(path: String, process: Int32?)
    /// The system's error number.
    case unusable(path: String, errno: Int32)

    package var description: String {
        switch self {
        case .inUse(let path, let process):
            "\(path) is in use by another linlid" + (process.map { " (process \($0))" } ?? "")
                + "; stop that one, or name another folder with --state"
        case .unusable(let path, let errno):
            "\(path): \(SystemError.text(errno))"
        }
    }
}
