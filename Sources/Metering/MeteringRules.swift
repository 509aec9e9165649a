package import Execution

/// Judges the readings of all meters: whether each counter can have counted what it says.
///
/// A pure value, between polling and recording. A good reading that cannot follow from those
/// before becomes uncertain, with its reason, until it is clear what happened; then it is told,
/// once. Other readings pass as they are. What is remembered can be kept across restarts.
package struct MeteringRules: Sendable {
    /// A point that is judged.
    package enum Role: Hashable, Sendable {
        case counter(CounterTraits)
        case serialNumber
    }

    private struct Watched {
        let point: PointIdentifier
        let role: Role
        var memory = CounterMemory()
    }

    private var watched: [PointIndex: Watched] = [:]
    private var serialNumbers: [PointIdentifier: String] = [:]
    /// A serial number that was read once: a second reading confirms it.
    private var newSerialNumbers: [PointIdentifier: String] = [:]

    package init() {}

    /// Whether an oddity has begun or ended, or a counter is new: what is remembered is worth
    /// keeping.
    package private(set) var hasNews = false

    /// Takes over a point of the site; what is remembered of it stays.
    package mutating func use(_ index: PointIndex, _ point: PointIdentifier, as role: Role) {
        let memory = watched[index]?.memory ?? CounterMemory()
        watched[index] = Watched(point: point, role: role, memory: memory)
    }

    /// Judges readings in the order they were made.
    ///
    /// - Returns: What has become clear.
    package mutating func judge(_ readings: inout [Reading]) -> [MeterChange] {
        var changes: [MeterChange] = []
        for place in readings.indices {
            let reading = readings[place]
            guard reading.quality == .good, let value = reading.value,
                let watched = watched[reading.point]
            else { continue }
            switch (watched.role, value) {
            case (.counter(let traits), .number(let number)):
                let change = judge(number, &readings[place], traits)
                if let change { changes.append(change) }
            case (.serialNumber, _):
                note(serialNumber: value.description, of: watched.point)
            case (.counter, .text): break
            }
        }
        return changes
    }

    private mutating func judge(
        _ number: ScaledInteger, _ reading: inout Reading, _ traits: CounterTraits
    ) -> MeterChange? {
        guard let watched = watched[reading.point] else { return nil }
        var memory = watched.memory
        let judgement = memory.judge(number, at: reading.time, traits)
        if memory.doubt?.first != watched.memory.doubt?.first || watched.memory.trusted == nil {
            hasNews = true
        }
        self.watched[reading.point]?.memory = memory
        if let reason = judgement.reason { reading.quality = .uncertain(reason) }
        return judgement.outcome.map { outcome in
            hasNews = true
            return MeterChange(
                point: watched.point, kind: outcome.kind, last: outcome.last, first: outcome.first,
                readings: outcome.readings, capacity: outcome.capacity,
                serialNumber: outcome.kind == .swapped
                    ? serialNumber(of: watched.point.device) : nil)
        }
    }

    // MARK: - Serial numbers

    private func serialNumber(of device: DeviceIdentifier) -> String? {
        serialNumbers.filter { $0.key.device == device }.min { $0.key < $1.key }?.value
    }

    private mutating func note(serialNumber: String, of point: PointIdentifier) {
        guard let known = serialNumbers[point] else {
            serialNumbers[point] = serialNumber
            hasNews = true
            return
        }
        guard known != serialNumber else {
            newSerialNumbers[point] = nil
            return
        }
        guard newSerialNumbers[point] == serialNumber else {
            newSerialNumbers[point] = serialNumber
            return
        }
        newSerialNumbers[point] = nil
        serialNumbers[point] = serialNumber
        hasNews = true
        for index in watched.keys where watched[index]?.point.device == point.device {
            if case .counter = watched[index]?.role, watched[index]?.memory.trusted != nil {
                watched[index]?.memory.isExchanged = true
            }
        }
    }

    // MARK: - Memory

    /// What is worth keeping across a restart; nothing is news any more.
    package mutating func takeMemory() -> MeterMemory {
        hasNews = false
        var memory = MeterMemory()
        for entry in watched.values {
            guard entry.memory.trusted != nil else { continue }
            memory.counters[entry.point.description] = entry.memory
        }
        for (point, text) in serialNumbers { memory.serialNumbers[point.description] = text }
        return memory
    }

    /// Takes over what was kept, for points that have no memory yet.
    package mutating func remember(_ memory: MeterMemory) {
        for index in watched.keys {
            guard let entry = watched[index], entry.memory.trusted == nil,
                let kept = memory.counters[entry.point.description]
            else { continue }
            watched[index]?.memory = kept
        }
        for (name, text) in memory.serialNumbers {
            guard let point = PointIdentifier(name), serialNumbers[point] == nil else { continue }
            serialNumbers[point] = text
        }
    }

    /// Brings the memory forward to a later good reading that was stored before a restart.
    package mutating func bringForward(
        _ point: PointIndex, to value: ScaledInteger, at time: Timestamp
    ) {
        guard let entry = watched[point], case .counter(let traits) = entry.role else { return }
        if let trusted = entry.memory.trusted, trusted.time >= time { return }
        // It was judged when it was made: only its value counts, not what it follows from.
        var memory = entry.memory
        _ = memory.judge(value, at: time, traits)
        if memory.doubt != nil { memory = CounterMemory() }
        if memory.trusted == nil { _ = memory.judge(value, at: time, traits) }
        watched[point]?.memory = memory
    }
}
