import Execution
import Glibc
import Telemetry
import Testing

@testable import Persistence

@Suite(.serialized)
struct OutboxKillTests {
    /// A writer is killed twenty times in the middle of its work. Each batch whose number it had
    /// printed is there, and no number was given to two batches. A small cache drops its oldest
    /// batches all the while and overwrites their payloads: what it keeps is whole.
    @Test(arguments: [UInt64(1), UInt64(2)], [Int64(8 << 20), Int64(256 << 10)])
    func losesNothingItHasAcknowledged(seed: UInt64, bytes: Int64) async throws {
        try await withFolder { folder in
            var random = SeededRandom(seed: seed)
            var acknowledged: [Key: UInt64] = [:]
            var epochOf: [Key: String] = [:]
            var heads = PerLane<Int64>(repeating: 0)
            var epochs: Set<String> = []
            for round in 0..<20 {
                let lines = try Self.runAndKill(
                    folder, seed: seed << 8 | UInt64(round), bytes: bytes,
                    after: Int.random(in: 0...(bytes > 1 << 20 ? 60 : 150), using: &random),
                    spin: Int.random(in: 0...300_000, using: &random))
                for line in lines {
                    epochs.insert(line.epoch)
                    #expect(acknowledged[line.key] == nil)
                    #expect(line.key.sequence > heads[line.key.lane])
                    acknowledged[line.key] = line.sum
                    epochOf[line.key] = line.epoch
                    heads[line.key.lane] = line.key.sequence
                }
            }
            // Each run that had printed a number has an epoch of its own.
            #expect(epochs.count > 5 && epochs.count <= 20)
            #expect(acknowledged.count > 100)

            let outbox = try await Outbox.forTest(in: folder, bytes: bytes)
            #expect(await outbox.takeReports() == [])
            var oldest = PerLane<Int64>(repeating: 1)
            var kept: [Key: UInt64] = [:]
            for lane in Lane.allCases {
                let batches = try await outbox.all(in: lane)
                // Nothing in between is missing, acknowledged or not.
                let head = await outbox.head(of: lane)
                oldest[lane] = head - Int64(batches.count) + 1
                #expect(batches.map(\.sequence) == Array(oldest[lane]..<(head + 1)))
                #expect(oldest[lane] == 1 || bytes < 1 << 20)
                #expect(oldest[lane] > 1 || bytes > 1 << 20 || lane != .reading)
                for stored in batches {
                    let key = Key(lane: lane, sequence: stored.sequence)
                    if let epoch = epochOf[key] { #expect(stored.epoch == epoch) }
                    kept[key] = Self.sum(stored.batch.payload)
                }
            }
            for (key, sum) in acknowledged where key.sequence >= oldest[key.lane] {
                #expect(kept[key] == sum)
            }
            try await outbox.close()
        }
    }

    struct Key: Hashable {
        var lane: Lane
        var sequence: Int64
    }

    private struct Line {
        var epoch: String
        var key: Key
        var sum: UInt64

        /// - Returns: `nil` for half a line.
        init?(_ text: Substring) {
            let words = text.split(separator: " ")
            guard words.count == 4, let lane = Lane(rawValue: String(words[1])),
                let sequence = Int64(words[2]), let sum = UInt64(words[3])
            else { return nil }
            epoch = String(words[0])
            key = Key(lane: lane, sequence: sequence)
            self.sum = sum
        }
    }

    /// Runs the writer until it has printed some lines, lets it go on for a moment, kills it, and
    /// returns all it has printed.
    private static func runAndKill(
        _ folder: String, seed: UInt64, bytes: Int64, after lines: Int, spin: Int
    ) throws -> [Line] {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw FixtureError(code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let process = try spawn(
            [try writerPath(), folder, String(seed), String(bytes)], output: ends[1])
        close(ends[1])
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        func readMore() -> Bool {
            let count = read(ends[0], &buffer, buffer.count)
            if count > 0 { text += buffer[..<count] }
            return count > 0
        }
        while text.count(where: { $0 == UInt8(ascii: "\n") }) < lines, readMore() {}
        // An append takes a few hundred microseconds: this may end anywhere in one.
        var noise = SeededRandom(seed: seed)
        for _ in 0..<spin where noise.next() == 0 { sched_yield() }
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
        // The signal, and no exit of its own: otherwise the writer failed.
        #expect(status & 0x7F == SIGKILL)
        while readMore() {}
        return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap(Line.init)
    }

    private static func spawn(_ arguments: [String], output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        var process = pid_t()
        let status = posix_spawn(&process, arguments[0], &actions, nil, pointers, environ)
        guard status == 0 else { throw FixtureError(code: status) }
        return process
    }

    /// The writer lies beside the test bundle.
    private static func writerPath() throws -> String {
        var buffer = [CChar](repeating: 0, count: 4_096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        guard length > 0 else { throw FixtureError(code: errno) }
        let own = String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
        let folder = own.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return folder.joined(separator: "/") + "/OutboxWriter"
    }

    private static func sum(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
    }
}
