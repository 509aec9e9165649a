import Glibc

/// Room on the disk that is kept for one purpose: to let the log be moved into the database when
/// the disk is full.
///
/// Pages that are new in the log need new blocks when they are moved. On a full disk they find
/// none, the log cannot start again, and nothing could be stored any longer, not even that
/// something was dropped. Giving up the reserve breaks the knot once; until it is taken again the
/// database must not grow.
struct DiskReserve {
    let path: String
    /// The most to take.
    let maximumBytes: Int
    /// What is taken now; 0 where the disk has no room for it.
    private(set) var heldBytes = 0
    /// What was given up and has not been taken again.
    private var givenUp = 0

    init(path: String, maximumBytes: Int) {
        self.path = path
        self.maximumBytes = maximumBytes
    }

    var isHeld: Bool { heldBytes > 0 }

    /// Takes the room, or keeps what an earlier run took; on a small disk an eighth of what is
    /// free, and nothing where that is too little to help. Allocates blocks; writes nothing to them.
    mutating func take() {
        guard !isHeld, hasRoom else { return }
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        defer { Glibc.close(file) }
        var status = stat()
        var disk = statvfs()
        guard fstat(file, &status) == 0, fstatvfs(file, &disk) == 0 else { return }
        let free = Int(disk.f_bavail) * Int(disk.f_frsize)
        let bytes = status.st_size > 0 ? Int(status.st_size) : free / 8
        let wanted = min(maximumBytes, bytes)
        if wanted >= Self.least, posix_fallocate(file, 0, off_t(wanted)) == 0,
            ftruncate(file, off_t(wanted)) == 0
        {
            heldBytes = wanted
            givenUp = 0
        } else {
            unlink(path)
        }
    }

    /// Gives the room up.
    mutating func release() {
        givenUp = max(givenUp, heldBytes)
        heldBytes = 0
        unlink(path)
    }

    /// Whether there is room enough on the disk, or an earlier run took it already. What was given
    /// up is not room: only the same again beside it is.
    private var hasRoom: Bool {
        var disk = statvfs()
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        guard access(path, F_OK) != 0, statvfs(folder, &disk) == 0 else { return true }
        let free = Int(disk.f_bavail) * Int(disk.f_frsize)
        return free / 8 >= Self.least && free >= 2 * givenUp
    }

    /// Less than this would not take the pages of a few commits.
    private static let least = 32 * 1_024
}
