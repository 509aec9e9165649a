import Glibc
import Telemetry

/// How far destinations have come, in a file that outlives the process and not the machine.
///
/// A cursor reaches the database with the next batch: writing it down each time would cost as much
/// flash as the batches. This file is meant for a folder in memory, is never synced, and is believed
/// only as far as it is whole and of the same database: where the process is killed, what was
/// acknowledged before is not sent again.
struct CursorNote {
    private let path: String
    private var descriptor: CInt = -1

    init(path: String) {
        self.path = path
    }

    struct Line: Hashable {
        var destination: String
        var lane: Lane
        var sequence: Int64
    }

    /// What the file says of a database; nothing where it is damaged, or of another.
    func lines(of epoch: String) -> [Line] {
        guard let file = fopen(path, "re") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        let words = text.split(separator: "\n").map { $0.split(separator: " ") }
        guard let head = words.first, head.count == 2, head[0] == epoch else { return [] }
        let lines = words.dropFirst().compactMap { words -> Line? in
            guard words.count == 3, let lane = Lane(rawValue: String(words[1])),
                let sequence = Int64(words[2])
            else { return nil }
            return Line(destination: String(words[0]), lane: lane, sequence: sequence)
        }
        return head[1] == Self.sum(lines) ? lines : []
    }

    /// Writes the file anew, at once. That it cannot be written only makes some messages come again.
    mutating func write(_ lines: [Line], of epoch: String) {
        if descriptor < 0 { descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600) }
        guard descriptor >= 0 else { return }
        let text = Array("\(epoch) \(Self.sum(lines))\n\(Self.text(lines))".utf8)
        _ = pwrite(descriptor, text, text.count, 0)
        _ = ftruncate(descriptor, text.count)
    }

    mutating func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    private static func text(_ lines: [Line]) -> String {
        lines.map { "\($0.destination) \($0.lane.rawValue) \($0.sequence)\n" }.joined()
    }

    private static func sum(_ lines: [Line]) -> String {
        String(CyclicRedundancyCheck.checksum(of: Array(text(lines).utf8)), radix: 16)
    }
}

extension Outbox {
    /// Keeps the cursors in a file as well, and takes over what it says of this database.
    ///
    /// - Parameter path: In a folder that is in memory, `/run/linli` for example.
    package func noteCursors(at path: String) throws(OutboxError) {
        let note = CursorNote(path: path)
        let epoch = try epoch()
        for line in note.lines(of: epoch) where destinations[line.destination] != nil {
            try advance(line.destination, in: line.lane, through: line.sequence, epoch: epoch)
        }
        cursorNote = note
    }

    /// Writes the cursors to the file, where there is one.
    func noteCursors(of epoch: String) {
        guard cursorNote != nil else { return }
        let lines = destinations.sorted { $0.key < $1.key }.flatMap { name, id in
            Lane.allCases.map { lane in
                CursorNote.Line(
                    destination: name, lane: lane, sequence: state.cursors[id]?[lane] ?? 0)
            }
        }
        cursorNote?.write(lines, of: epoch)
    }
}
