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
    var turn: Turn = .idle
    /// When its last turn began.
    var lastTurn = MonotonicTime(nanoseconds: .min)
    var reads: [Read]
    /// How many reads are not free: ``Standing``.
    var aside = 0
    /// The answers of the turn under way.
    var image: RegisterImage
    /// Whether each point needs several reads.
    private(set) var spans: [Bool] = []

    /// One request of the plan.
    struct Read: Hashable, Sendable {
        var planned: PlannedRead
        /// Whether it was ever answered as a whole: then silence is the device's, not the read's.
        var isProven = false
        /// The points that can be measured once it is answered, where it is the last of a turn.
        var points: [Int]
        /// Points of reads that were answered before it, though the plan has it first.
        var handed: [Int] = []
        var lastException: ModbusException?
        /// Whether the turn under way still owes its points.
        var isOpen = false
        var standing = Standing.free
    }

    /// How often it is read, if it is urgent.
    var urgentInterval: Duration? { target.isUrgent ? target.interval.length : nil }

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
    func range(of place: Int, _ extent: Extent) -> RegisterRange {
        switch extent {
        case .whole: reads[place].planned.range
        case .firstPart: reads[place].planned.parts.first ?? reads[place].planned.range
        case .lastPart: reads[place].planned.parts.last ?? reads[place].planned.range
        }
    }

    /// A small read that shows whether the device is there: one it is known to answer, else each
    /// in its turn.
    var probeRange: RegisterRange? {
        if let proven = reads.first(where: \.isProven) { return proven.planned.parts.first }
        let parts = reads.flatMap(\.planned.parts)
        return parts.isEmpty ? nil : parts[Int(counters.probes % UInt64(parts.count))]
    }

    /// Replaces a read by two smaller ones, for good. Those of the turn under way are still owed.
    ///
    /// - Returns: The smaller reads; `nil` where it has a single part.
    mutating func split(_ place: Int) -> [RegisterRange]? {
        guard let halves = reads[place].planned.split() else { return nil }
        let (isOpen, handed) = (reads[place].isOpen, reads[place].handed)
        reads.replaceSubrange(
            place...place, with: halves.map { Read(planned: $0, points: [], isOpen: isOpen) })
        assignPoints()
        for number in handed {
            reads[needs(number, place + 1) ? place + 1 : place].handed.append(number)
        }
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

    /// Whether a point is measured from a read.
    func needs(_ number: Int, _ place: Int) -> Bool {
        target.points[number].profile.ranges.contains(
            where: reads[place].planned.range.contains)
    }

    /// A point is measured with the last of the reads it needs, so that none is measured twice.
    private mutating func assignPoints() {
        for place in reads.indices { reads[place].points.removeAll() }
        spans = target.points.indices.map { [self] number in
            reads.indices.count { needs(number, $0) } > 1
        }
        for number in target.points.indices {
            if let last = reads.indices.last(where: { needs(number, $0) }) {
                reads[last].points.append(number)
            }
        }
    }
}
