import DeviceProfiles
import Execution
import Metering
import Modbus

/// The polling of one device: its plan, as learned; its health; and the turn under way.
struct DevicePoll: Sendable {
    let target: PollTarget
    var health = DeviceHealth()
    var counters = PollCounters()
    var overruns = OverrunWatch()
    /// The next moment at which the device is to be read.
    var due: Timestamp
    var turn: Turn?
    /// When its last turn began.
    private var lastTurn = MonotonicTime(nanoseconds: .min)
    private(set) var reads: [Read]
    private(set) var image: RegisterImage

    /// One request of the plan.
    struct Read: Hashable, Sendable {
        var planned: PlannedRead
        /// Whether it was ever answered as a whole: then silence is the device's, not the read's.
        var isProven = false
        /// The points that can be measured once it is answered.
        var points: [Int]
        var lastException: ModbusException?
    }

    /// A pass through the reads of the plan.
    struct Turn: Hashable, Sendable {
        /// The read to do next.
        var place = 0
        var retries = 0
        var busyRetries = 0
        /// How often the read was put off, since something could be taken for its answer.
        var rests = 0
        /// Until when the device is left alone: it is busy, or its late answer may still come.
        var resumeAt: MonotonicTime?
        /// While a merged read that found silence is looked into: which of its parts is read
        /// alone, to learn whether the device is there at all.
        var scout: Scout?
        /// How many reads of this turn the device has answered, and how many found silence.
        var answers = 0
        var silences = 0
        /// How many of the answers brought values, and the exception of the last that did not.
        var values = 0
        var refusal: ModbusException?
    }

    /// How often it is read, if it is urgent.
    var urgentInterval: Duration? { target.isUrgent ? target.interval.length : nil }

    /// Whether it may have the bus now.
    func isWaiting(at now: Moment) -> Bool {
        if let turn { return turn.resumeAt.map { $0 <= now.monotonic } ?? false }
        return !health.isSilent && due <= now.wall.timestamp
    }

    enum Scout: Hashable, Sendable {
        case firstPart
        case lastPart
    }

    init(_ target: PollTarget, due: Timestamp) {
        self.target = target
        self.due = due
        image = RegisterImage()
        let plan = PollPlan(
            covering: target.points.flatMap(\.profile.ranges), gapLimit: target.limits.gapLimit,
            bitGapLimit: target.limits.bitGapLimit,
            maximumRegisters: target.limits.maximumRegistersPerRead,
            maximumBits: target.limits.maximumBitsPerRead,
            alone: Set(target.points.filter(\.profile.isReadAlone).map(\.profile.range)))
        reads = plan.reads.map { Read(planned: $0, points: []) }
        assignPoints()
    }

    /// Who has waited longer goes first: by the moment, and within one by the last turn.
    struct Rank: Comparable {
        let due: Timestamp
        let lastTurn: MonotonicTime

        static func < (left: Rank, right: Rank) -> Bool {
            (left.due, left.lastTurn) < (right.due, right.lastTurn)
        }
    }

    var rank: Rank { Rank(due: due, lastTurn: lastTurn) }

    /// What a read of the plan asks for, or while it is looked into, one of its parts.
    func range(of place: Int, _ scout: Scout?) -> RegisterRange {
        switch scout {
        case .firstPart: reads[place].planned.parts.first ?? reads[place].planned.range
        case .lastPart: reads[place].planned.parts.last ?? reads[place].planned.range
        case nil: reads[place].planned.range
        }
    }

    /// A small read that shows whether the device is there: one it is known to answer, else each
    /// in its turn.
    var probeRange: RegisterRange? {
        if let proven = reads.first(where: \.isProven) { return proven.planned.parts.first }
        let parts = reads.flatMap(\.planned.parts)
        return parts.isEmpty ? nil : parts[Int(counters.probes % UInt64(parts.count))]
    }

    /// Replaces a read by two smaller ones, for good.
    ///
    /// - Returns: The smaller reads; `nil` where it has a single part.
    mutating func split(_ place: Int) -> [RegisterRange]? {
        guard let halves = reads[place].planned.split() else { return nil }
        reads.replaceSubrange(place...place, with: halves.map { Read(planned: $0, points: []) })
        assignPoints()
        return halves.map(\.range)
    }

    mutating func prove(_ place: Int) {
        reads[place].isProven = true
        reads[place].lastException = nil
    }

    /// - Returns: Whether this is news.
    mutating func refuse(_ place: Int, with exception: ModbusException) -> Bool {
        defer { reads[place].lastException = exception }
        return reads[place].lastException != exception
    }

    /// Measures the points that an answer completes.
    mutating func measure(_ reply: ModbusReply, of place: Int, into readings: inout [Reading]) {
        let time = reply.arrival.wall.timestamp
        image.insert(reply.response, for: reads[place].planned.range, at: reply.arrival)
        for number in reads[place].points {
            let point = target.points[number]
            switch point.profile.measure(image) {
            case .value(let value): readings.append(Reading(point.index, at: time, value))
            case .uncertain(let reason, let value):
                readings.append(Reading(point.index, at: time, uncertain: reason, value))
            case .missing(let reason):
                readings.append(Reading(point.index, at: time, missing: reason))
            }
        }
    }

    /// Forgets what was read: without a turn nothing else does, and the image of a silent device would
    /// grow with each time that it is told missing.
    mutating func forgetImage() { image.removeAll() }

    /// Begins a pass through the plan.
    mutating func beginTurn(at now: MonotonicTime) {
        turn = Turn()
        lastTurn = now
        forgetImage()
        counters.turns += 1
    }

    /// Reports the points of the reads from `place` on as missing.
    mutating func missing(
        from place: Int, count: Int? = nil, reason: MissingReason, at now: Moment,
        into readings: inout [Reading]
    ) {
        let end = count.map { min(place + $0, reads.count) } ?? reads.count
        for read in reads[min(place, end)..<end] {
            image.insert(missing: reason, for: read.planned.range, at: now)
            for number in read.points {
                let point = target.points[number].index
                readings.append(Reading(point, at: now.wall.timestamp, missing: reason))
            }
        }
    }

    /// A point is measured with the last of the reads it needs, so that none is measured twice.
    private mutating func assignPoints() {
        for place in reads.indices { reads[place].points.removeAll() }
        for (number, point) in target.points.enumerated() {
            let needed = reads.indices.filter { place in
                point.profile.ranges.contains(where: reads[place].planned.range.contains)
            }
            if let last = needed.last { reads[last].points.append(number) }
        }
    }
}
