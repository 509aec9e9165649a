import Telemetry

/// What the outbox knows beside its batches: the heads of its lanes, its totals, its cursors.
///
/// Each row carries the state as of its own commit, so that moving a cursor or a total costs no
/// page of its own; the row of the highest version speaks. A state whose transaction failed is
/// thrown away with it.
struct OutboxState: Equatable {
    /// Counts the states ever committed; the highest is the present one.
    var version: Int64 = 0
    var lanes = PerLane(repeating: LaneState())
    /// How far each destination has everything, by destination number.
    var cursors: [Int64: PerLane<Int64>] = [:]
    /// The oldest and the newest batch of readings whose payload lies in the file of payloads.
    var placed: ClosedRange<Int64>?

    /// One lane's head and totals.
    struct LaneState: Equatable {
        /// The last sequence number given out; 0 before the first.
        var head: Int64 = 0
        var batches: Int64 = 0
        var readings: Int64 = 0
        /// The bytes of the payloads.
        var bytes: Int64 = 0
    }

    /// The last sequence number of each lane.
    var heads: PerLane<Int64> {
        var heads = PerLane<Int64>(repeating: 0)
        for lane in Lane.allCases { heads[lane] = lanes[lane].head }
        return heads
    }

    /// The highest sequence of a lane that every destination has. With no destination: the head.
    func delivered(_ lane: Lane) -> Int64 {
        cursors.values.reduce(lanes[lane].head) { min($0, $1[lane]) }
    }
}

extension OutboxState {
    /// The state as the bytes of a row. A lane that never had a batch is one byte, as most
    /// gateways' alarms are; a cursor is written as its distance from the head, which is one byte
    /// in ordinary times.
    var encoded: [UInt8] {
        var writer = NumberWriter()
        writer.write(version)
        for lane in Lane.allCases {
            writer.write(lanes[lane].head)
            guard lanes[lane].head > 0 else { continue }
            writer.write(lanes[lane].batches)
            writer.write(lanes[lane].readings)
            writer.write(lanes[lane].bytes)
        }
        writer.write(Int64(cursors.count))
        for (destination, cursor) in cursors.sorted(by: { $0.key < $1.key }) {
            writer.write(destination)
            for lane in Lane.allCases where lanes[lane].head > 0 {
                writer.write(lanes[lane].head - cursor[lane])
            }
        }
        if let placed {
            writer.write(lanes.reading.head - placed.upperBound)
            writer.write(placed.upperBound - placed.lowerBound)
        }
        return writer.bytes
    }

    /// - Returns: `nil` where the bytes are not a state.
    init?(decoding bytes: [UInt8]) {
        var reader = NumberReader(bytes)
        guard let version = reader.read() else { return nil }
        self.version = version
        for lane in Lane.allCases {
            guard let head = reader.read() else { return nil }
            guard head > 0 else { continue }
            guard let batches = reader.read(upTo: head), let readings = reader.read(),
                let bytes = reader.read()
            else { return nil }
            lanes[lane] = LaneState(
                head: head, batches: batches, readings: readings, bytes: bytes)
        }
        guard let count = reader.read(upTo: 1_000) else { return nil }
        for _ in 0..<count {
            guard let destination = reader.read() else { return nil }
            var cursor = PerLane<Int64>(repeating: 0)
            for lane in Lane.allCases where lanes[lane].head > 0 {
                guard let behind = reader.read(upTo: lanes[lane].head) else { return nil }
                cursor[lane] = lanes[lane].head - behind
            }
            cursors[destination] = cursor
        }
        // A database of an older version ends here, and one without such batches.
        guard !reader.isAtEnd else { return }
        guard let behind = reader.read(upTo: lanes.reading.head),
            let count = reader.read(upTo: lanes.reading.head - behind), reader.isAtEnd
        else { return nil }
        let newest = lanes.reading.head - behind
        placed = newest - count...newest
    }
}
