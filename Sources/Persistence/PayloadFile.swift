internal import CLinux
import Glibc

/// The file beside the database in which the payloads of readings lie, overwritten in place.
///
/// It decides nothing. What is written is on the disk when ``write(_:at:limit:)`` returns; the file
/// then has its length already, so that writing over what was there changes nothing of the file
/// system's own.
final class PayloadFile {
    let path: String
    /// Why what lies at the path is not the file of this database, if so.
    private(set) var obstacle: String?
    /// Where the file ends; 0 where there is none.
    private(set) var end: Int64 = 0
    /// Bytes written since it was opened.
    private(set) var written: Int64 = 0

    private let number: UInt64
    private var descriptor: Int32 = -1

    /// What the file's name has more than the database's.
    static let suffix = "-payloads"

    /// Opens the file of a database, where there is one.
    init(path: String, number: UInt64) throws(StoreFault) {
        self.path = path
        self.number = number
        descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            switch errno {
            case ENOENT: break
            case ELOOP, EISDIR, ENXIO: obstacle = "the payloads are not a file"
            default: throw StoreFault(systemError: errno)
            }
            return
        }
        var status = stat()
        var head = [UInt8](repeating: 0, count: Self.headSize)
        if fstat(descriptor, &status) != 0 || status.st_mode & S_IFMT != S_IFREG {
            obstacle = "the payloads are not a file"
        } else if status.st_size < PayloadPlace.start {
            // A crash while it was made: there is nothing in it.
            close()
        } else if pread(descriptor, &head, head.count, 0) != head.count {
            close()
            throw .unreadable
        } else if head != Self.head(of: number) {
            obstacle = "the payloads of another database"
        } else {
            fchmod(descriptor, 0o600)
            end = Int64(status.st_size)
        }
        if obstacle != nil { close() }
    }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
        end = 0
    }

    /// Says that what lay in the way is there no longer.
    func removedObstacle() {
        obstacle = nil
    }

    /// The bytes at a place. They may be fewer, or others, where the file was damaged: the row's
    /// checksum tells.
    ///
    /// - Throws: Where the disk cannot say what is there. That is no damage: it may say so later.
    func read(_ place: PayloadPlace) throws(StoreFault) -> [UInt8] {
        guard descriptor >= 0, place.end <= end else { return [] }
        var bytes = [UInt8](repeating: 0, count: Int(place.length))
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, $0.count, off_t(place.offset) + off_t(done))
            }
            guard count >= 0 else { throw .unreadable }
            guard count > 0 else { break }
            done += count
        }
        bytes.removeLast(bytes.count - done)
        return bytes
    }

    /// Writes a payload, durable when this returns. Makes the file longer where it must be.
    ///
    /// - Parameter limit: How long the file may become.
    func write(_ payload: [UInt8], at place: PayloadPlace, limit: Int64) throws(StoreFault) {
        if descriptor < 0 { try create() }
        let before = end
        do throws(StoreFault) {
            if place.end > end { try grow(around: place, limit: limit) }
            try put(payload, at: place.offset)
            guard fdatasync(descriptor) == 0 else { throw StoreFault(systemError: errno) }
        } catch {
            if end > before || error == .diskFull { shorten(to: before) }
            throw error
        }
    }

    /// The bytes that the file takes on the disk.
    var allocatedBytes: Int64 {
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else { return 0 }
        return Int64(status.st_blocks) * 512
    }

    /// Gives back the blocks of a part of the file that is not in use. Where the file system
    /// cannot, the file takes more until it comes round to its end.
    func release(_ part: Range<Int64>) {
        guard descriptor >= 0, !part.isEmpty else { return }
        _ = linli_punch_hole(descriptor, part.lowerBound, Int64(part.count))
    }

    /// Cuts off the end of the file, which is not in use.
    func shorten(to length: Int64) {
        guard descriptor >= 0, ftruncate(descriptor, off_t(length)) == 0 else { return }
        end = length
    }

    private func create() throws(StoreFault) {
        let flags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW
        descriptor = open(path, flags, 0o600)
        guard descriptor >= 0 else { throw StoreFault(systemError: errno) }
        do throws(StoreFault) {
            fchmod(descriptor, 0o600)
            let head = Self.head(of: number)
            let rest = [UInt8](repeating: 0, count: Int(PayloadPlace.start) - head.count)
            try put(head + rest, at: 0)
            let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            guard fsync(descriptor) == 0, Self.syncFolder(folder) else {
                throw StoreFault(systemError: errno)
            }
            end = PayloadPlace.start
        } catch {
            close()
            unlink(path)
            throw error
        }
    }

    /// Makes the file longer by an eighth, with bytes that are written: blocks that are only
    /// allocated would cost the file system's journal something with each payload.
    private func grow(around place: PayloadPlace, limit: Int64) throws(StoreFault) {
        let step = min(end / 8, Self.longestStep)
        let length = max(place.end, min(end + step, limit))
        for part in [end..<max(end, place.offset), place.end..<length] where !part.isEmpty {
            try put([UInt8](repeating: 0, count: part.count), at: part.lowerBound)
        }
        end = length
    }

    private func put(_ bytes: [UInt8], at offset: Int64) throws(StoreFault) {
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress, $0.count, off_t(offset) + off_t(done))
            }
            guard count > 0 else { throw StoreFault(systemError: count == 0 ? EIO : errno) }
            done += count
            written += Int64(count)
        }
    }

    private static func syncFolder(_ folder: String) -> Bool {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        return fsync(descriptor) == 0
    }

    /// What the file begins with: a name, the database's number, and their checksum.
    private static func head(of number: UInt64) -> [UInt8] {
        let name = Array("linli payloads 1".utf8)
        let bytes = name + withUnsafeBytes(of: number.littleEndian, Array.init)
        let checksum = CyclicRedundancyCheck.checksum(of: bytes)
        return bytes + withUnsafeBytes(of: checksum.littleEndian, Array.init)
    }

    private static let headSize = 28
    private static let longestStep: Int64 = 256 * 1_024
}

extension StoreFault {
    /// Sorts an error of the system in writing a file.
    init(systemError code: Int32) {
        switch code {
        case ENOSPC, EDQUOT, EFBIG: self = .diskFull
        case EROFS, EACCES, EPERM: self = .notWritable(code: code)
        default: self = .storage(code: Self.writeError)
        }
    }

    /// SQLITE_IOERR_READ.
    static let unreadable = StoreFault.storage(code: 266)

    /// SQLITE_IOERR_WRITE.
    private static let writeError: Int32 = 778
}
