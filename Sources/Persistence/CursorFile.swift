import Glibc
import Telemetry

/// How far each destination has come, in a file that outlasts the process and need not outlast the
/// machine: written at each acknowledgement, never flushed to the medium.
///
/// It saves a destination what it has acknowledged since the cursors were last written into the
/// database. Nothing depends on it: it may be missing, old, torn or of another database. A cursor
/// counts only where its epoch is that of the batch it names.
struct CursorFile {
    let path: String
    private var descriptor: Int32 = -1

    struct Cursor: Hashable {
        var destination: String
        var lane: Lane
        var sequence: Int64
        var epoch: UInt64
    }

    init(path: String) {
        self.path = path
    }

    /// What the file holds; nothing where it is not whole.
    func read() -> [Cursor] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard file >= 0 else { return [] }
        defer { Glibc.close(file) }
        var bytes = [UInt8](repeating: 0, count: Self.sizeLimit)
        let count = pread(file, &bytes, bytes.count, 0)
        return count > 0 ? Self.decode(Array(bytes[..<count])) : []
    }

    /// Replaces what the file holds. A process that is killed leaves the old or the new.
    mutating func write(_ cursors: [Cursor]) {
        let bytes = Self.encode(cursors)
        guard bytes.count <= Self.sizeLimit else { return }
        if descriptor < 0 {
            descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        }
        guard descriptor >= 0 else { return }
        // Where it cannot be written, some batches come again after a kill.
        _ = pwrite(descriptor, bytes, bytes.count, 0)
    }

    /// Closes and removes the file: the database knows all of it now.
    mutating func remove() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
        unlink(path)
    }

    /// A hundred destinations fit.
    private static let sizeLimit = 64 * 1_024

    /// Length, checksum, then the cursors.
    static func encode(_ cursors: [Cursor]) -> [UInt8] {
        var body = NumberWriter()
        for cursor in cursors {
            let name = Array(cursor.destination.utf8)
            body.write(Int64(name.count))
            for byte in name { body.write(Int64(byte)) }
            body.write(Int64(Lane.allCases.firstIndex(of: cursor.lane) ?? 0))
            body.write(cursor.sequence)
            body.write(Int64(cursor.epoch >> 32))
            body.write(Int64(cursor.epoch & 0xFFFF_FFFF))
        }
        var head = NumberWriter()
        head.write(Int64(body.bytes.count))
        head.write(Int64(CyclicRedundancyCheck.checksum(of: body.bytes)))
        return head.bytes + body.bytes
    }

    static func decode(_ bytes: [UInt8]) -> [Cursor] {
        var head = NumberReader(bytes)
        guard let count = head.read(upTo: Int64(head.rest.count)), let checksum = head.read(),
            head.rest.count >= Int(count)
        else { return [] }
        let content = Array(head.rest.prefix(Int(count)))
        guard Int64(CyclicRedundancyCheck.checksum(of: content)) == checksum else { return [] }
        var body = NumberReader(content)
        var cursors: [Cursor] = []
        while !body.isAtEnd {
            guard let length = body.read(upTo: Int64(body.rest.count)) else { return [] }
            var name: [UInt8] = []
            for _ in 0..<length {
                guard let byte = body.read(upTo: 0xFF) else { return [] }
                name.append(UInt8(byte))
            }
            guard let lane = body.read(upTo: Int64(Lane.allCases.count - 1)),
                let sequence = body.read(), let high = body.read(upTo: 0xFFFF_FFFF),
                let low = body.read(upTo: 0xFFFF_FFFF)
            else { return [] }
            cursors.append(
                Cursor(
                    destination: String(decoding: name, as: UTF8.self),
                    lane: Lane.allCases[Int(lane)], sequence: sequence,
                    epoch: UInt64(high) << 32 | UInt64(low)))
        }
        return cursors
    }
}
