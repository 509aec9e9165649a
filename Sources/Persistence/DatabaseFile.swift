import Glibc

/// The file of the outbox in the state folder, before SQLite sees it.
struct DatabaseFile {
    let folder: String

    var path: String { folder + "/outbox.db" }

    var reservePath: String { folder + "/outbox.reserve" }

    /// The bytes of the file; 0 where there is none. Asks by name: to open and close the file
    /// would take SQLite's locks away.
    var size: Int64 { Self.status(path).map { Int64($0.st_size) } ?? 0 }

    /// The bytes of its log.
    var logSize: Int64 { Self.status(path + "-wal").map { Int64($0.st_size) } ?? 0 }

    /// The bytes that the disk has left.
    var freeBytes: Int64 {
        var disk = statvfs()
        guard statvfs(folder, &disk) == 0 else { return 0 }
        return Int64(disk.f_bavail) * Int64(disk.f_frsize)
    }

    /// What lies beside a database and belongs to it.
    private static let companions = ["-wal", "-journal", "-shm", PayloadFile.suffix]

    /// Why what lies at the path cannot be opened, or `nil` where it may be sound or is not there.
    func obstacle() -> String? {
        guard let status = Self.status(path) else {
            return Self.companions.contains { Self.status(path + $0) != nil }
                ? "a log or payloads without their database" : nil
        }
        guard status.st_mode & S_IFMT == S_IFREG else { return "not a file" }
        guard status.st_size > 0 else { return "an empty file" }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        // SQLite will say why it cannot be read.
        guard file >= 0 else { return nil }
        defer { Glibc.close(file) }
        guard let version = LogFile.word(file, at: 60) else {
            // Where the disk does not read it, nor will SQLite: that is no damage.
            return status.st_size < 64 ? "a file cut short" : nil
        }
        // A crash right after the file was made: its first content is still in the log alone.
        guard version != 0 else { return nil }
        let logged = LogFile(path: path + "-wal").userVersions().map(StoreIdentity.mark)
        return logged.allSatisfy { $0 == StoreIdentity.mark(of: version) }
            ? nil : "the log of another database"
    }

    /// Takes all rights to a database and its companions from everybody but their owner, whatever
    /// the umask. SQLite gives what it makes beside it later the rights of the database.
    static func restrict(_ path: String) {
        // Where it fails the files are another account's, which has given them their rights.
        for suffix in [""] + companions { _ = chmod(path + suffix, 0o600) }
    }

    /// Moves the database and what belongs to it out of the way. Nothing is deleted.
    ///
    /// - Returns: The path it now has.
    func setAside() throws(OutboxError) -> String {
        var number = 1
        while Self.isTaken(aside(number)) { number += 1 }
        for suffix in [""] + Self.companions where Self.status(path + suffix) != nil {
            guard rename(path + suffix, aside(number) + suffix) == 0 else {
                throw .notWritable(path: path + suffix, code: errno)
            }
        }
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor >= 0 {
            fsync(descriptor)
            Glibc.close(descriptor)
        }
        return aside(number)
    }

    /// Moves the payloads out of the way, and leaves the database where it is.
    ///
    /// - Returns: The path they now have.
    func setPayloadsAside() throws(StoreFault) -> String {
        var number = 1
        while Self.isTaken(aside(number)) { number += 1 }
        let target = aside(number) + PayloadFile.suffix
        guard rename(path + PayloadFile.suffix, target) == 0 else {
            throw .notWritable(code: errno)
        }
        return target
    }

    private func aside(_ number: Int) -> String { "\(folder)/outbox-set-aside-\(number).db" }

    private static func isTaken(_ path: String) -> Bool {
        ([""] + companions).contains { status(path + $0) != nil }
    }

    private static func status(_ path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }
}
