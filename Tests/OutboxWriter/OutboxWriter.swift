import Execution
import Glibc
import Persistence
import Telemetry

/// Appends batches to an outbox for ever and prints each number it was given: the victim of the
/// test that kills a writer at random moments.
///
///     OutboxWriter FOLDER SEED BYTES
@main
enum OutboxWriter {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let seed = UInt64(arguments[2]),
            let bytes = Int64(arguments[3])
        else { exit(2) }
        var random = SeededRandom(seed: seed)
        let epoch = random.next()
        let outbox = try await Outbox.open(
            folder: arguments[1],
            limits: CacheLimits(maximumBytes: bytes, maximumAge: .seconds(1_000_000)),
            executor: ThreadExecutor(name: "outbox"), epochSource: { epoch })
        try await outbox.addDestination("city")
        var time = Timestamp(milliseconds: 1_790_000_000_000)
        while true {
            let lane = [Lane.reading, .reading, .reading, .event, .alarm].randomElement(
                using: &random)!
            let payload = (0..<Int.random(in: 1...4_000, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            time = time + .seconds(1)
            let batch = SealedBatch(
                lane: lane, payload: payload,
                clock: BatchClock(
                    boot: "0123456789abcdef", wallMinusMonotonicMilliseconds: 1_700_000_000_000,
                    isSynchronized: true),
                firstTime: time, lastTime: time, count: 10)
            let sequence = try await outbox.append(batch).sequence
            let sum = payload.reduce(UInt64(14_695_981_039_346_656_037)) {
                ($0 ^ UInt64($1)) &* 1_099_511_628_211
            }
            let line = "\(try await outbox.epoch()) \(lane.rawValue) \(sequence) \(sum)\n"
            // One write, so that a reader sees whole lines or nothing.
            _ = line.withCString { write(STDOUT_FILENO, $0, strlen($0)) }
            if Int.random(in: 0..<20, using: &random) == 0 {
                try await outbox.advance(
                    "city", in: lane, through: sequence, epoch: outbox.epoch())
                try await outbox.flush()
            }
        }
    }
}
