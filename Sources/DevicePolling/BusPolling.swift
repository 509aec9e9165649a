package import Execution
package import Metering
package import Modbus
import Synchronization

/// Polls the devices of one bus for as long as it runs: carries out what ``BusSchedule`` decides.
///
/// Lives on the executor of its bus: run by a task that prefers it, a request costs no change of thread.
package actor BusPolling {
    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }
    private let executor: any SerialExecutor  // Held strongly: `unownedExecutor` is not.

    private let client: ModbusClient
    private let time: TimeSource
    private let localOffset: @Sendable (Timestamp) -> Duration
    private let onReadings: @Sendable ([Reading]) -> Void
    private let onChange: @Sendable (PollChange) -> Void
    private var schedule: BusSchedule
    private let published: PublishedReport

    /// - Parameters:
    ///   - targets: The devices of the bus.
    ///   - executor: The executor of the bus behind `client`.
    ///   - localOffset: How far local time is ahead of UTC at a moment.
    ///   - onReadings: Takes the readings of one answer, at once. Must not block.
    ///   - onChange: Takes what may be worth an event. Must not block.
    package init(
        targets: [PollTarget], client: ModbusClient, time: TimeSource, seed: UInt64,
        policy: PollingPolicy = PollingPolicy(), executor: any SerialExecutor,
        localOffset: @escaping @Sendable (Timestamp) -> Duration = { _ in .zero },
        onReadings: @escaping @Sendable ([Reading]) -> Void,
        onChange: @escaping @Sendable (PollChange) -> Void = { _ in }
    ) {
        self.client = client
        self.time = time
        self.executor = executor
        self.localOffset = localOffset
        self.onReadings = onReadings
        self.onChange = onChange
        schedule = BusSchedule(targets: targets, policy: policy, start: time.now(), seed: seed)
        published = PublishedReport()
    }

    /// Health and counters of each device. Never waits for the bus.
    package nonisolated var report: [PolledDevice] { published.current }

    /// Polls until the task is cancelled.
    package func run() async {
        var readings: [Reading] = []
        var nextUpkeep = time.monotonic()
        while !Task.isCancelled {
            let now = time.now()
            if now.monotonic >= nextUpkeep {
                nextUpkeep = now.monotonic.advanced(by: .seconds(1))
                schedule.localOffset = localOffset(now.wall.timestamp)
                published.replace(with: schedule.report)
            }
            let step = schedule.next(at: now, into: &readings)
            deliver(&readings)
            switch step {
            case .sleep(let until):
                published.replace(with: schedule.report)
                await sleep(until: until)
            case .read(let read):
                let changes: [PollChange]
                do throws(ModbusError) {
                    let reply = try await client.perform(read.call)
                    changes = schedule.answered(read, with: reply, into: &readings)
                } catch {
                    if Task.isCancelled { return }  // The bus is being closed; nothing is amiss.
                    changes = schedule.failed(read, with: error, at: time.now(), into: &readings)
                }
                deliver(&readings)
                for change in changes { onChange(change) }
            }
        }
    }

    /// Waits for the next read; in small steps while a late answer may come.
    private func sleep(until end: MonotonicTime) async {
        var now = time.monotonic()
        while !Task.isCancelled, now < end, await client.look() {
            await time.sleep(min(end, now.advanced(by: Self.lookPause)))
            now = time.monotonic()
        }
        if now < end { await time.sleep(end) }
    }

    /// How far a late answer's time may be off.
    private static let lookPause: Duration = .milliseconds(100)

    private func deliver(_ readings: inout [Reading]) {
        guard !readings.isEmpty else { return }
        onReadings(readings)
        readings.removeAll(keepingCapacity: true)
    }
}

/// One device's polling as others see it.
package struct PolledDevice: Hashable, Sendable {
    package let device: DeviceIdentifier
    package let health: DeviceHealth
    package let counters: PollCounters
    /// The share of its turns that were left out of late, where the bus is not free in time.
    package let overrunShare: Double?
    /// The reads of one turn, as learned so far.
    package let reads: [RegisterRange]
}

/// The last report: written by the bus's thread, read by anyone.
private final class PublishedReport: Sendable {
    private let report = Mutex<[PolledDevice]>([])

    var current: [PolledDevice] { report.withLock { $0 } }

    func replace(with new: [PolledDevice]) {
        report.withLock { $0 = new }
    }
}
