import CInterposed
import Execution
import Glibc

/// The disk of the gateway's board: real files in memory, of which a power cut takes back what was
/// not synced.
///
/// All calls of this program that go below its folder end here, those of SQLite included. A file
/// keeps what it was before each write since its last `fsync`, and a folder which names are not
/// synced yet.
// `@unchecked`: only touched by the thread that has the baton.
final class SimulatedDisk: @unchecked Sendable {
    static let shared = SimulatedDisk()

    /// The folder above all state folders.
    private(set) var root = ""
    private var files: [String: DiskFile] = [:]
    private var open: [Int32: DiskFile] = [:]
    private var paths: [Int32: String] = [:]
    private var names: [NameChange] = []
    /// Descriptors of folders, whose `fsync` makes names durable.
    private var folders: Set<Int32> = []

    /// Whether the power is off: nothing reaches the disk any more.
    private(set) var isOff = false
    /// How many more calls are carried out before the power fails; `nil` where it does not.
    var callsUntilCut: Int?
    /// Called where the power fails at a call.
    var onCut: () -> Void = {}
    /// How many bytes may still be taken; `nil` for no limit.
    var room: Int64?
    /// The share of writes and syncs that fail with `EIO`.
    var failureShare = 0.0
    /// The share of reads that do, of files whose name ends so: SQLite takes it for damage.
    var (readFailureShare, unreadable) = (0.0, "-payloads")
    var random = SeededRandom(seed: 0)

    private(set) var writes = 0
    private(set) var syncs = 0
    private(set) var failures = 0

    private enum NameChange {
        case made(String, DiskFile)
        case renamed(from: String, to: String, DiskFile, over: DiskFile?)
        case unlinked(String, DiskFile)
    }

    /// Makes everything below a folder of the system's this disk.
    func mount(at root: String) {
        self.root = root
        var calls = linli_disk(
            open: { path, flags, mode in
                guard let path else { return -EFAULT }
                return SimulatedDisk.shared.open(String(cString: path), flags, mode)
            },
            close: { SimulatedDisk.shared.close($0) },
            write: { descriptor, bytes, count, offset in
                SimulatedDisk.shared.write(
                    descriptor, UnsafeRawBufferPointer(start: bytes, count: count), at: offset)
            },
            truncate: { SimulatedDisk.shared.truncate($0, to: $1) },
            sync: { SimulatedDisk.shared.sync($0) },
            rename: { from, to in
                guard let from, let to else { return -EFAULT }
                return SimulatedDisk.shared.rename(String(cString: from), String(cString: to))
            },
            unlink: { path in
                guard let path else { return -EFAULT }
                return SimulatedDisk.shared.unlink(String(cString: path))
            },
            allocate: { SimulatedDisk.shared.allocate($0, $1, Int64($2), Int64($3)) },
            read: { SimulatedDisk.shared.readFault($0) },
            room: { SimulatedDisk.shared.room ?? 1 << 30 })
        linli_interpose(root + "/", &calls)
    }

    /// Whether a call fails, and with what.
    private func fault(adding bytes: Int64 = 0) -> Int32? {
        if let left = callsUntilCut {
            callsUntilCut = left - 1
            if left <= 0 {
                callsUntilCut = nil
                isOff = true
                onCut()
            }
        }
        if isOff { return EIO }
        if failureShare > 0, Double.random(in: 0..<1, using: &random) < failureShare {
            failures += 1
            return EIO
        }
        if let room, bytes > 0 {
            guard bytes <= room else {
                failures += 1
                return ENOSPC
            }
            self.room = room - bytes
        }
        return nil
    }

    // MARK: - Calls

    private func open(_ path: String, _ flags: Int32, _ mode: Int32) -> Int32 {
        let isWritten = flags & O_ACCMODE != O_RDONLY
        let known = files[path]
        let isMade = known == nil && flags & O_CREAT != 0
        if isWritten || isMade, let fault = fault() { return -fault }
        let descriptor = linli_real_open(path, flags & ~O_TRUNC, mode)
        guard descriptor >= 0 else { return -errno }
        if flags & O_DIRECTORY != 0 {
            folders.insert(descriptor)
        } else {
            let file = known ?? DiskFile()
            if known == nil {
                files[path] = file
                if isMade { names.append(.made(path, file)) }
            }
            open[descriptor] = file
            paths[descriptor] = path
            if flags & O_TRUNC != 0, isWritten {
                file.willTruncate(descriptor, to: 0)
                _ = linli_real_truncate(descriptor, 0)
            }
        }
        linli_watch(descriptor, true)
        return descriptor
    }

    private func close(_ descriptor: Int32) -> Int32 {
        open[descriptor] = nil
        paths[descriptor] = nil
        folders.remove(descriptor)
        linli_watch(descriptor, false)
        return linli_real_close(descriptor) == 0 ? 0 : -errno
    }

    private func write(
        _ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: off_t
    ) -> Int {
        guard let file = open[descriptor] else { return Int(-EBADF) }
        let growth = file.missingBytes(descriptor, Int64(offset), Int64(bytes.count))
        if let fault = fault(adding: growth) { return Int(-fault) }
        writes += 1
        file.willWrite(descriptor, bytes, at: Int64(offset))
        let count = linli_real_pwrite(descriptor, bytes.baseAddress, bytes.count, offset)
        return count < 0 ? Int(-errno) : count
    }

    private func truncate(_ descriptor: Int32, to size: off_t) -> Int32 {
        guard let file = open[descriptor] else { return -EBADF }
        if let fault = fault() { return -fault }
        let shrink = max(0, DiskFile.size(of: descriptor) - Int64(size))
        if let room { self.room = room + shrink }
        file.willTruncate(descriptor, to: Int64(size))
        return linli_real_truncate(descriptor, size) == 0 ? 0 : -errno
    }

    private func allocate(
        _ descriptor: Int32, _ mode: Int32, _ start: Int64, _ length: Int64
    ) -> Int32 {
        guard let file = open[descriptor] else { return -EBADF }
        let isGiven = mode != 0
        let missing = isGiven ? 0 : file.missingBytes(descriptor, start, length)
        if let fault = fault(adding: missing) { return -fault }
        if isGiven {
            let present = length - file.missingBytes(descriptor, start, length)
            file.willPunch(descriptor, start, length)
            if let room { self.room = room + present }
        } else if start + length > DiskFile.size(of: descriptor) {
            file.willTruncate(descriptor, to: start + length)
        }
        let status = linli_real_allocate(descriptor, mode, off_t(start), off_t(length))
        return status == 0 ? 0 : -errno
    }

    private func readFault(_ descriptor: Int32) -> Int32 {
        guard readFailureShare > 0, paths[descriptor]?.hasSuffix(unreadable) ?? false,
            Double.random(in: 0..<1, using: &random) < readFailureShare
        else { return 0 }
        failures += 1
        return -EIO
    }

    private func sync(_ descriptor: Int32) -> Int32 {
        if let fault = fault() { return -fault }
        syncs += 1
        if folders.contains(descriptor) {
            names = []
        } else {
            open[descriptor]?.pending = []
            // As journaling file systems do: a new file that is synced has its name, and what was
            // changed before it was made has been changed.
            let made = names.lastIndex {
                if case .made(_, let file) = $0 { file === open[descriptor] } else { false }
            }
            if let made { names.removeSubrange(...made) }
        }
        return 0
    }

    private func rename(_ from: String, _ to: String) -> Int32 {
        if let fault = fault() { return -fault }
        guard let file = files.removeValue(forKey: from) else { return -ENOENT }
        let over = files.updateValue(file, forKey: to)
        over?.keepContent(of: to)
        names.append(.renamed(from: from, to: to, file, over: over))
        return linli_real_rename(from, to) == 0 ? 0 : -errno
    }

    private func unlink(_ path: String) -> Int32 {
        if let fault = fault() { return -fault }
        guard let file = files.removeValue(forKey: path) else { return -ENOENT }
        file.keepContent(of: path)
        names.append(.unlinked(path, file))
        if let room { self.room = room + DiskFile.allocated(path) }
        return linli_real_unlink(path) == 0 ? 0 : -errno
    }

    // MARK: - Power

    /// The process that has the files open is no more. What is on the disk is handed out in a new
    /// folder: another, since SQLite remembers the files of a process that has never closed them.
    ///
    /// - Parameters:
    ///   - folder: The state folder until now.
    ///   - next: That from now on.
    ///   - losesWrites: Whether the power has gone, and what was not synced may be lost.
    func end(_ folder: String, next: String, losesWrites: Bool) {
        var contents: [String: [UInt8]] = [:]
        // In order of name: the folder's own is another at each run, and so were the order by hash.
        for (path, file) in files.sorted(by: { $0.key < $1.key })
        where path.hasPrefix(folder + "/") {
            let content = DiskFile.content(of: path)
            contents[path] = losesWrites ? file.survivors(of: content, using: &random) : content
        }
        // Names are kept in a journal: those up to some moment are durable.
        let kept = losesWrites ? Int.random(in: 0...names.count, using: &random) : names.count
        for change in names[kept...].reversed() {
            switch change {
            case .made(let path, _): contents[path] = nil
            case .renamed(let from, let to, let file, let over):
                contents[from] = contents[to] ?? file.lastContent
                contents[to] = over?.lastContent
            case .unlinked(let path, let file): contents[path] = file.lastContent
            }
        }
        for descriptor in open.keys.sorted() + folders.sorted() { _ = close(descriptor) }
        for path in files.keys { _ = linli_real_unlink(path) }
        rmdir(folder)
        files = [:]
        names = []
        mkdir(next, 0o755)
        for (path, bytes) in contents.sorted(by: { $0.key < $1.key }) {
            let place = next + path.dropFirst(folder.count)
            let descriptor = linli_real_open(place, O_WRONLY | O_CREAT, 0o600)
            _ = linli_real_write(descriptor, bytes, bytes.count)
            _ = linli_real_close(descriptor)
            files[place] = DiskFile()
        }
        isOff = false
        callsUntilCut = nil
    }

    /// The power is gone between two calls.
    func cut() { isOff = true }
}
