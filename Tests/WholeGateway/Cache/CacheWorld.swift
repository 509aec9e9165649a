import CInterposed
import Execution
import Glibc
import Persistence
import Telemetry

/// The cache alone, on a disk whose power fails at any of its calls: many more cuts, in a cache much
/// smaller, than a gateway's world has. The payloads of its readings come round all the while.
///
/// The disk tells no lies, and nothing but the power and the disk's room and answers goes wrong. So
/// no batch may ever be found damaged, and none that was acknowledged be missing without a word.
final class CacheWorld {
    private let disk = SimulatedDisk.shared
    private let root: String
    private var random: SeededRandom
    private var accounts = CacheAccounts()
    private var boots = 0
    private(set) var cuts = 0
    private(set) var appends = 0
    /// How often the file of payloads came round to its beginning is not to be seen from outside;
    /// how many readings gave way is.
    var dropped: Int { accounts.toldCount }
    var violations: [String] { accounts.violations }
    var story: [String] { accounts.story }

    init(seed: UInt64, root: String) {
        self.root = root
        random = SeededRandom(seed: seed)
        disk.random = SeededRandom(seed: seed ^ 0xD15C)
        disk.mount(at: root)
        mkdir(folder, 0o755)
    }

    private var folder: String { "\(root)/\(1_000 + boots)" }

    /// Boots so many times, or until something is wrong.
    func live(boots count: Int) async {
        for _ in 0..<count where violations.isEmpty {
            let isCut = await run()
            let old = folder
            boots += 1
            disk.end(old, next: folder, losesWrites: isCut)
        }
    }

    /// What is wrong with the disk during one boot, besides its power.
    private enum Trouble: CaseIterable {
        case nothing, fails, cannotBeRead, isFull
    }

    /// One boot: until the power fails, the process is killed or ended, or it has stored enough.
    ///
    /// - Returns: Whether the power failed.
    private func run() async -> Bool {
        let trouble = Trouble.allCases.randomElement(using: &random) ?? .fails
        inflict(trouble)
        if Int.random(in: 0..<5, using: &random) > 0 {
            disk.callsUntilCut = Int.random(in: 0...600, using: &random)
        }
        let isKilled = Bool.random(using: &random)
        let count = Int.random(in: 1...120, using: &random)
        let epoch = random.next()
        accounts.tell(
            "boot \(boots): \(trouble), cut after \(disk.callsUntilCut.map(String.init) ?? "-")")
        let outbox = await open(epoch: epoch)
        if let outbox {
            await work(outbox, batches: count)
            if isKilled { disk.cut() }
            do { try await outbox.close() } catch { check(error, "is not closed") }
        }
        let isCut = disk.isOff && !isKilled
        if isCut { cuts += 1 }
        accounts.tell(isCut ? "power cut" : isKilled ? "killed" : "ended")
        inflict(.nothing)
        return isCut
    }

    private func inflict(_ trouble: Trouble) {
        disk.room = trouble == .isFull ? Int64.random(in: 0...100_000, using: &random) : nil
        disk.failureShare = trouble == .fails ? Double.random(in: 0.001...0.2, using: &random) : 0
        disk.readFailureShare =
            trouble == .cannotBeRead ? Double.random(in: 0.001...0.2, using: &random) : 0
    }

    private var isWell: Bool {
        !disk.isOff && disk.room == nil && disk.failureShare == 0 && disk.readFailureShare == 0
    }

    private func check(_ error: any Error, _ what: String) {
        accounts.tell("the cache \(what): \(error)")
        if isWell { accounts.violate("the cache \(what) on a sound disk: \(error)") }
    }

    /// The cache, once it can be opened; `nil` where the power failed.
    private func open(epoch: UInt64) async -> Outbox? {
        var tries = 0
        while !disk.isOff {
            do {
                let outbox = try await Outbox.open(
                    folder: folder,
                    limits: CacheLimits(maximumBytes: 256 << 10, maximumAge: .seconds(1_000_000)),
                    executor: ThreadExecutor(name: "outbox"), epochSource: { epoch })
                try await outbox.addDestination("city")
                return outbox
            } catch {
                check(error, "is not opened")
                for name in Self.names(in: folder) { accounts.tell("  \(name)") }
                tries += 1
                if tries == 5 { inflict(.nothing) }
                if !violations.isEmpty { return nil }
            }
        }
        return nil
    }

    private func work(_ outbox: Outbox, batches count: Int) async {
        await audit(outbox)
        for number in 0..<count where !disk.isOff && violations.isEmpty {
            if number == count / 2 { inflict(.nothing) }
            await append(batch(number), to: outbox)
            if Int.random(in: 0..<15, using: &random) == 0 { await audit(outbox) }
        }
        await audit(outbox)
    }

    private func batch(_ number: Int) -> SealedBatch {
        // Now and then one that is too long for the file, or an alarm, which lies in its row.
        let kind = Int.random(in: 0..<40, using: &random)
        let length = kind == 0 ? 30_000 : Int.random(in: 1...4_000, using: &random)
        let time = Timestamp(
            milliseconds: 1_790_000_000_000 + Int64(boots) * 1_000_000 + Int64(number) * 1_000)
        return SealedBatch(
            lane: kind > 30 ? .alarm : .reading,
            payload: (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) },
            clock: BatchClock(
                boot: "aaaaaaaaaaaaaaaa", wallMinusMonotonicMilliseconds: 1_700_000_000_000,
                isSynchronized: true),
            firstTime: time, lastTime: time, count: 10)
    }

    /// Stores a batch, as the gateway does: it is tried again until the cache takes it.
    private func append(_ batch: SealedBatch, to outbox: Outbox) async {
        accounts.willStore(batch)
        for attempt in 0..<6 where !disk.isOff {
            if attempt == 4 { inflict(.nothing) }
            do {
                let appended = try await outbox.append(batch)
                appends += 1
                accounts.tell("\(batch.lane) \(appended.sequence), \(batch.payload.count) bytes")
                accounts.note(appended.reports)
                accounts.stored(batch, appended.sequence, try await outbox.epoch())
                return await deliver(batch.lane, through: appended.sequence, of: outbox)
            } catch {
                accounts.note(await outbox.takeReports())
                check(error, "takes no batch")
            }
        }
    }

    /// Alarms and events are delivered at once; so are, at times, readings.
    private func deliver(_ lane: Lane, through sequence: Int64, of outbox: Outbox) async {
        guard lane == .alarm || Int.random(in: 0..<60, using: &random) == 0 else { return }
        do {
            for lane in [lane, .event] {
                let head = lane == .event ? await outbox.head(of: lane) : sequence
                let newest = try await outbox.batches(
                    in: lane, after: head - 1, limit: 1, maximumBytes: 1)
                guard let newest = newest.first else { continue }
                try await outbox.advance("city", in: lane, through: head, epoch: newest.epoch)
                accounts.delivered(lane, through: head)
            }
            try await outbox.flush()
        } catch { check(error, "does not take what was delivered") }
    }

    /// Compares what is there with what was stored.
    private func audit(_ outbox: Outbox) async {
        do {
            var kept = [StoredBatch]()
            for lane in Lane.allCases {
                var after: Int64 = 0
                while let more = try await next(lane, after, of: outbox) {
                    kept += more
                    after = more.last?.sequence ?? after
                }
            }
            accounts.note(await outbox.takeReports())
            accounts.tell("has \(kept.last?.sequence ?? 0) of \(await outbox.head(of: .reading))")
            accounts.audit(kept)
        } catch { check(error, "is not read") }
    }

    /// What of a lane comes next, up to what the disk does not read; `nil` at its end.
    private func next(
        _ lane: Lane, _ sequence: Int64, of outbox: Outbox
    ) async throws -> [StoredBatch]? {
        let found = try await outbox.batches(
            in: lane, after: sequence, limit: .max, maximumBytes: .max)
        return found.isEmpty ? nil : found
    }

    /// What lies in a folder, and how long it is.
    private static func names(in folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") {
                names.append("\(name): \(DiskFile.content(of: folder + "/" + name).count) bytes")
            }
        }
        return names.sorted()
    }
}
