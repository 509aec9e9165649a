import CInterposed
import Execution
import Glibc

/// One file of a simulated disk: what was done to it since it was last synced.
final class DiskFile {
    enum Change {
        case write(offset: Int64, old: [UInt8], new: [UInt8], oldSize: Int64)
        case truncate(to: Int64, lost: [UInt8], oldSize: Int64)
    }

    var pending: [Change] = []
    /// Whether blocks of it were given back.
    private(set) var hasHoles = false
    /// What it held when its name went.
    private(set) var lastContent: [UInt8] = []

    private static let sector = 512
    // Linux's, declared for GNU sources alone.
    private static let (seekData, seekHole) = (Int32(3), Int32(4))

    static func size(of descriptor: Int32) -> Int64 {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
    }

    static func content(of path: String) -> [UInt8] {
        let descriptor = linli_real_open(path, O_RDONLY, 0)
        guard descriptor >= 0 else { return [] }
        defer { _ = linli_real_close(descriptor) }
        return bytes(descriptor, at: 0, count: Int(size(of: descriptor)))
    }

    private static func bytes(_ descriptor: Int32, at offset: Int64, count: Int) -> [UInt8] {
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
            length = max(
                0, linli_real_pread(descriptor, buffer.baseAddress, count, off_t(offset)))
        }
    }

    /// Remembers what a write replaces. `descriptor` may be open for writing alone.
    func willWrite(_ descriptor: Int32, _ new: UnsafeRawBufferPointer, at offset: Int64) {
        let oldSize = Self.size(of: descriptor)
        let overlap = max(0, min(oldSize - offset, Int64(new.count)))
        let old = Self.bytes(descriptor, at: offset, count: Int(overlap))
        pending.append(.write(offset: offset, old: old, new: Array(new), oldSize: oldSize))
    }

    func willTruncate(_ descriptor: Int32, to size: Int64) {
        let oldSize = Self.size(of: descriptor)
        let lost = Self.bytes(descriptor, at: size, count: Int(max(0, oldSize - size)))
        pending.append(.truncate(to: size, lost: lost, oldSize: oldSize))
    }

    /// Remembers what gives its blocks back: it reads as zeros then.
    func willPunch(_ descriptor: Int32, _ start: Int64, _ length: Int64) {
        let count = max(0, min(Self.size(of: descriptor) - start, length))
        let zeros = [UInt8](repeating: 0, count: Int(count))
        zeros.withUnsafeBytes { willWrite(descriptor, $0, at: start) }
        hasHoles = true
    }

    /// How many bytes of a part of the file have no block yet.
    func missingBytes(_ descriptor: Int32, _ start: Int64, _ length: Int64) -> Int64 {
        let size = Self.size(of: descriptor)
        let inside = min(size, start + length)
        var missing = max(0, start + length - max(size, start))
        var place = start
        while hasHoles, place < inside {
            let data = Int64(lseek(descriptor, off_t(place), Self.seekData))
            guard data >= 0, data < inside else { return missing + inside - place }
            missing += data - place
            let hole = Int64(lseek(descriptor, off_t(data), Self.seekHole))
            place = hole < 0 ? inside : hole
        }
        return missing
    }

    /// What it takes on the disk.
    static func allocated(_ path: String) -> Int64 {
        var status = stat()
        return lstat(path, &status) == 0 ? Int64(status.st_blocks) * 512 : 0
    }

    func keepContent(of path: String) { lastContent = Self.content(of: path) }

    /// What a power cut leaves of the file: all that was synced, and of what was not, by lot, all,
    /// nothing, what came first, or any sectors.
    func survivors(of content: [UInt8], using random: inout SeededRandom) -> [UInt8] {
        guard !pending.isEmpty else { return content }
        enum Fate: CaseIterable { case all, nothing, first, any }
        let fate = Fate.allCases.randomElement(using: &random) ?? .nothing
        if fate == .all { return content }
        var bytes = content
        for change in pending.reversed() { Self.undo(change, in: &bytes) }
        switch fate {
        case .all, .nothing: break
        case .first:
            let count = Int.random(in: 0...pending.count, using: &random)
            for change in pending.prefix(count) { Self.redo(change, in: &bytes) { true } }
        case .any:
            for change in pending {
                Self.redo(change, in: &bytes) { Bool.random(using: &random) }
            }
        }
        return bytes
    }

    private static func undo(_ change: Change, in bytes: inout [UInt8]) {
        switch change {
        case .write(let offset, let old, _, let oldSize):
            for (place, byte) in old.enumerated() where Int(offset) + place < bytes.count {
                bytes[Int(offset) + place] = byte
            }
            resize(&bytes, to: Int(oldSize))
        case .truncate(let size, let lost, let oldSize):
            resize(&bytes, to: Int(size))
            bytes.append(contentsOf: lost)
            resize(&bytes, to: Int(oldSize))
        }
    }

    /// - Parameter survives: Whether the next sector, or the truncation, is on the disk.
    private static func redo(
        _ change: Change, in bytes: inout [UInt8], _ survives: () -> Bool
    ) {
        switch change {
        case .write(let offset, _, let new, _):
            var start = 0
            while start < new.count {
                let place = Int(offset) + start
                let end = min(new.count, start + sector - place % sector)
                if survives() {
                    if bytes.count < Int(offset) + end { resize(&bytes, to: Int(offset) + end) }
                    bytes.replaceSubrange(place..<Int(offset) + end, with: new[start..<end])
                }
                start = end
            }
        case .truncate(let size, _, _): if survives() { resize(&bytes, to: Int(size)) }
        }
    }

    private static func resize(_ bytes: inout [UInt8], to size: Int) {
        if size < bytes.count {
            bytes.removeLast(bytes.count - size)
        } else if size > bytes.count {
            bytes.append(contentsOf: repeatElement(0, count: size - bytes.count))
        }
    }
}
