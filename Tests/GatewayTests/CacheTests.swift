import Execution
import Glibc
import Logging
import Metering
import Persistence
import Recording
import Telemetry
import TestSupport
import Testing

/// The cache on a real disk, and on one that takes nothing.
struct CacheTests {
    private static let clock = HandClock(Timestamp(milliseconds: 1_790_000_000_000))

    private static func run(
        in folder: String, waiting limit: Int = WaitingBatches.limit,
        _ body: (Cache, RunClock) async throws -> Void
    ) async throws {
        let outbox = try await Outbox.open(
            folder: folder, limits: CacheLimits(maximumBytes: 8 << 20, maximumAge: .seconds(9_000)),
            executor: ThreadExecutor(name: "cache"), epochSource: { 1 })
        try await outbox.addDestination("city")
        let run = RunClock(time: clock.source, boot: "aaaaaaaaaaaaaaaa")
        let cache = Cache(
            outbox: outbox, clock: run,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            waiting: WaitingBatches(limit: limit))
        try await body(cache, run)
        await cache.close()
    }

    private static func withFolder(_ body: (String) async throws -> Void) async throws {
        var template = Array("/tmp/linli-cache-XXXXXX".utf8CString)
        let folder = String(cString: try #require(mkdtemp(&template)))
        defer {
            for name in (try? File.names(in: folder)) ?? [] { unlink(folder + "/" + name) }
            rmdir(folder)
        }
        try await body(folder)
    }

    private static func batch(_ lane: Lane, _ number: Int, bytes: Int = 100) -> SealedBatch {
        let time = clock.source.wall().timestamp + .seconds(number)
        return SealedBatch(
            lane: lane, payload: (0..<bytes).map { UInt8(truncatingIfNeeded: $0 * number) },
            clock: BatchClock(
                boot: "aaaaaaaaaaaaaaaa", wallMinusMonotonicMilliseconds: 0, isSynchronized: true),
            firstTime: time, lastTime: time, count: 10)
    }

    /// An event that is stored is on the disk when the call returns, also while other batches are
    /// being written.
    @Test func aBatchIsOnTheDiskWhenItsCallReturns() async throws {
        try await Self.withFolder { folder in
            try await Self.run(in: folder) { cache, _ in
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<60 {
                        group.addTask {
                            let batch = Self.batch(.alarm, number)
                            #expect(await cache.store(batch))
                            let kept = try? await cache.outbox.batches(
                                in: .alarm, after: 0, limit: 1_000, maximumBytes: .max)
                            #expect(kept?.contains { $0.batch == batch } ?? false)
                        }
                    }
                }
                #expect(await cache.waitingCount == 0)
            }
        }
    }

    /// A batch that no disk takes blocks the others until too many wait; then it is lost, and the
    /// city is told how much of what time.
    @Test(.enabled(if: SmallDisk.isAvailable, "needs the right to mount"))
    func whatIsLostBeforeItHasANumberIsTold() async throws {
        try await Self.withFolder { folder in
            let disk = try SmallDisk(at: folder, kibibytes: 4_096)
            defer { disk.unmount() }
            try await Self.run(in: folder, waiting: 8) { cache, _ in
                #expect(await cache.store(Self.batch(.event, 1)))
                #expect(await cache.store(Self.batch(.reading, 2, bytes: 6_000_000)) == false)
                #expect(await cache.fault == .diskFull)
                for number in 0..<7 {
                    #expect(await cache.store(Self.batch(.alarm, 10 + number)) == false)
                }
                #expect(await cache.store(Self.batch(.alarm, 1_000)))
                #expect(await cache.fault == nil)
                // It waited with as many alarms as there is room for, and then one more.
                let losses = await cache.losses
                #expect(losses.map(\.records) == [10])
                let events = try await cache.outbox.batches(
                    in: .event, after: 1, limit: 100, maximumBytes: .max
                ).flatMap { try Batch(decoding: $0.batch.content()).events }
                let gap = try #require(events.first { $0.details["reason"] == "not-saved" })
                #expect(gap.kind == "cache.gap")
                #expect(gap.subject == "reading")
                #expect(gap.details["readings"] == "10")
                #expect(gap.details["from"] == Self.batch(.reading, 2).firstTime.description)
                #expect(events.contains { $0.kind == "cache.notSaved" })
                let alarms = try await cache.outbox.batches(
                    in: .alarm, after: 0, limit: 1_000, maximumBytes: .max)
                #expect(alarms.count == 8)
            }
        }
    }

    /// More readings than an open batch holds: what had to go is told, with its times.
    @Test func whatAnOpenBatchDropsIsTold() async throws {
        try await Self.withFolder { folder in
            try await Self.run(in: folder) { cache, run in
                let recorder = Recorder(sealAfter: .max, capacity: 2_000)
                var catalog = PointCatalog()
                let point = catalog.insert(
                    PointDescription(identifier: try #require(PointIdentifier("m-1/power"))))
                let sealer = Sealer(
                    recorder: recorder, cache: cache, clock: run, interval: .seconds(10),
                    catalog: catalog)
                let start = Self.clock.source.wall().timestamp
                let count = 3_500
                for first in stride(from: 0, to: count, by: 500) {
                    recorder.record(
                        (first..<first + 500).map { number in
                            Reading(
                                point, at: start + .milliseconds(number),
                                .number(ScaledInteger(Int64(number))))
                        })
                }
                await sealer.seal()
                let stored = try await cache.outbox.batches(
                    in: .reading, after: 0, limit: 9, maximumBytes: .max)
                #expect(stored.map(\.batch.count) == [2_000])
                let events = try await cache.outbox.batches(
                    in: .event, after: 0, limit: 100, maximumBytes: .max
                ).flatMap { try Batch(decoding: $0.batch.content()).events }
                let gap = try #require(events.first { $0.kind == "cache.gap" })
                #expect(gap.details["reason"] == "open-batch-full")
                #expect(gap.details["readings"] == "1500")
                #expect(gap.details["from"] == start.description)
                #expect(gap.details["to"] == (start + .milliseconds(1_499)).description)
                #expect(await cache.losses.map(\.records) == [1_500])
            }
        }
    }
}
