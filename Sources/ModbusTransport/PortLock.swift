import Glibc

/// Keeps two programs from using one serial port: their requests and answers would mix.
enum PortLock {
    /// Locks an open port for this process, until it is closed.
    ///
    /// Advisory, so that it ends with the process that holds it, however that ends, and by its
    /// file, so that two names of one port are one. The terminal itself refuses others as well,
    /// those of root excepted.
    ///
    /// - Throws: `EBUSY` with the process that has it.
    static func take(_ descriptor: Int32) throws(PortError) {
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw PortError(errno: EBUSY, holder: holder(of: descriptor))
        }
        // A terminal without it is one that nobody else opens by chance.
        _ = ioctl(descriptor, UInt(TIOCEXCL))
    }

    /// Lets others open the terminal again, which another program may keep open.
    static func release(_ descriptor: Int32) {
        _ = ioctl(descriptor, UInt(TIOCNXCL))
    }

    /// The process that holds the lock, by what the kernel says: `linlid (process 811)`.
    static func holder(of descriptor: Int32) -> String? {
        var status = stat()
        guard fstat(descriptor, &status) == 0,
            let process = process(holding: status.st_ino, in: text(of: "/proc/locks"))
        else { return nil }
        let name = text(of: "/proc/\(process)/comm").split(separator: "\n").first
        return "\(name ?? "another program") (process \(process))"
    }

    /// Reads lines like `1: FLOCK  ADVISORY  WRITE 811 00:18:4 0 EOF`.
    private static func process(holding inode: UInt, in locks: String) -> Int32? {
        for line in locks.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 5, words[1] == "FLOCK",
                words[5].split(separator: ":").last == "\(inode)"
            else { continue }
            return Int32(words[4])
        }
        return nil
    }

    private static func text(of path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = read(file, &bytes, bytes.count)
        return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
    }
}
