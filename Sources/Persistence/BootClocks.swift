import Telemetry

/// What is known of the clock of each boot that has batches in the outbox.
///
/// A board may boot without the date. Its batches then carry a wrong time, but also the distance
/// between wall and monotonic time they were made with; once a batch of the same boot was made
/// with a synchronised clock, the true distance is known, and the difference is the correction.
struct BootClocks: Equatable {
    private(set) var boots: [Boot] = []

    /// One boot of the board.
    struct Boot: Equatable {
        /// From 1, in the order the outbox met them.
        var id: Int64
        var name: String
        /// Wall minus monotonic time of the first batch, in milliseconds; others count from it.
        var base: Int64
        /// Wall minus monotonic time of the first batch with a synchronised clock.
        var truth: Int64?
        /// The least and the greatest distance in effect, to find batches by time.
        var low: Int64
        var high: Int64
        /// The sequence number the first batch of readings of this boot has, if any came.
        var firstReading: Int64
    }

    init() {}

    /// - Parameter boots: In ascending order of `id`.
    init(_ boots: [Boot]) {
        self.boots = boots
    }

    subscript(id: Int64) -> Boot? {
        // Usually the last: the batch at hand is of this boot.
        boots.last { $0.id == id }
    }

    /// Takes note of the clock a batch was sealed with.
    ///
    /// - Parameter nextReading: The next sequence number of the reading lane.
    /// - Returns: The boot, and whether it is new or changed and must be stored.
    mutating func note(_ clock: BatchClock, nextReading: Int64) -> (boot: Boot, isChanged: Bool) {
        let offset = clock.wallMinusMonotonicMilliseconds
        guard let index = boots.lastIndex(where: { $0.name == clock.boot }) else {
            let boot = Boot(
                id: (boots.last?.id ?? 0) + 1, name: clock.boot, base: offset,
                truth: clock.isSynchronized ? offset : nil, low: offset, high: offset,
                firstReading: nextReading)
            boots.append(boot)
            return (boot, true)
        }
        let before = boots[index]
        if clock.isSynchronized, before.truth == nil {
            // From now on no batch of this boot counts with any other distance.
            boots[index].truth = offset
            boots[index].low = offset
            boots[index].high = offset
        } else if clock.isSynchronized || before.truth == nil {
            if offset < before.low - Self.tolerance { boots[index].low = offset }
            if offset > before.high + Self.tolerance { boots[index].high = offset }
        }
        return (boots[index], boots[index] != before)
    }

    /// How far the times of a batch must be moved, in milliseconds; `nil` where its clock was not
    /// synchronised and the truth is not known (yet).
    func correction(of header: BatchRow.Header) -> Int64? {
        if header.isSynchronized { return 0 }
        guard let boot = self[header.boot], let truth = boot.truth else { return nil }
        return truth &- boot.base &- header.drift
    }

    /// Forgets the boots before `id`.
    mutating func forget(before id: Int64) {
        boots.removeAll { $0.id < id }
    }

    /// How many milliseconds a clock may wander before the change is written down.
    static let tolerance: Int64 = 60_000
}
