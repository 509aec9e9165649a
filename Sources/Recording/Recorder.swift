import Execution
package import Metering
import Telemetry

/// Where all readings arrive: keeps the open batch, the latest reading of each point, and tells
/// those who watch.
///
/// Called from the threads of the buses, for every answer: a short lock, no suspension.
package final class Recorder: Sendable {
    private let state: InheritingLock<State>
    private let sealRequested: AsyncStream<Void>.Continuation
    /// Yields when the open batch has reached its size.
    package let sealRequests: AsyncStream<Void>

    fileprivate struct State {
        var open: OpenReadings
        var sealAfter: Int
        var latest: [Reading?] = []
        var latestGood: [Reading?] = []
        var recorded: UInt64 = 0
        var watchers: [Int: Watcher] = [:]
        var nextWatcher = 0
    }

    fileprivate struct Watcher {
        var points: Set<PointIndex>?
        var yield: @Sendable (Reading) -> Void
    }

    private let onRecord: @Sendable ([Reading]) -> Void

    /// - Parameters:
    ///   - sealAfter: How many readings make a full batch.
    ///   - capacity: The most that the open batch may hold.
    ///   - onRecord: Called with all readings before anything else is done with them, on the
    ///     thread of their bus: alarms are evaluated on arrival.
    package init(
        sealAfter: Int, capacity: Int = OpenReadings.capacity,
        onRecord: @escaping @Sendable ([Reading]) -> Void = { _ in }
    ) {
        self.onRecord = onRecord
        state = InheritingLock(State(open: OpenReadings(capacity: capacity), sealAfter: sealAfter))
        (sealRequests, sealRequested) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes readings in the order they were made.
    package func record(_ readings: [Reading]) {
        onRecord(readings)
        let isFull = state.withLock { state in
            state.recorded += UInt64(readings.count)
            state.open.add(readings)
            for reading in readings {
                let place = Int(reading.point.rawValue)
                while state.latest.count <= place {
                    state.latest.append(nil)
                    state.latestGood.append(nil)
                }
                state.latest[place] = reading
                if reading.value != nil { state.latestGood[place] = reading }
            }
            if !state.watchers.isEmpty { state.tellWatchers(readings) }
            return state.open.count >= state.sealAfter
        }
        if isFull { sealRequested.yield() }
    }

    /// Takes the open batch away, to be sealed, and begins a new one.
    ///
    /// - Returns: The readings, and what was dropped before them for want of room.
    package func takeOpenBatch() -> (readings: [Reading], lost: LostRecords?) {
        state.withLock { $0.open.take() }
    }

    /// How many readings the open batch holds.
    package var openCount: Int { state.withLock { $0.open.count } }

    /// How many readings were taken since the start.
    package var recordedCount: UInt64 { state.withLock { $0.recorded } }

    package func setSealAfter(_ count: Int) {
        state.withLock { $0.sealAfter = count }
    }

    /// The latest reading of a point, and the latest that had a value.
    package func latest(_ point: PointIndex) -> (any: Reading?, valued: Reading?) {
        state.withLock { state in
            let place = Int(point.rawValue)
            guard place < state.latest.count else { return (nil, nil) }
            return (state.latest[place], state.latestGood[place])
        }
    }

    /// Readings as they arrive, from now on. A slow reader loses the oldest.
    ///
    /// - Parameters:
    ///   - points: Which; `nil` for all.
    ///   - item: What the stream yields for a reading; called while readings are recorded, so it
    ///     must not block.
    package func watch<Item: Sendable>(
        _ points: Set<PointIndex>?, as item: @escaping @Sendable (Reading) -> Item?
    ) -> AsyncStream<Item> {
        let (stream, continuation) = AsyncStream<Item>.makeStream(
            bufferingPolicy: .bufferingNewest(4_096))
        let number = state.withLock { state in
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = Watcher(
                points: points,
                yield: { reading in
                    if let item = item(reading) { continuation.yield(item) }
                })
            return state.nextWatcher
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { $0.watchers[number] = nil }
        }
        return stream
    }
}

extension Recorder.State {
    fileprivate func tellWatchers(_ readings: [Reading]) {
        for watcher in watchers.values {
            for reading in readings where watcher.points?.contains(reading.point) ?? true {
                watcher.yield(reading)
            }
        }
    }
}
