import FoundationEssentials
import GRDB
import Telemetry

/// The epochs of a database: each is part of the idempotency keys of the batches stored in it.
///
/// An epoch begins with the first batch that is stored after the database was opened. What is
/// opened may be an older copy of what was, or have lost the end of its log: the numbers after its
/// head were then given to other batches before, and are given again; never under the same epoch.
struct Epochs: Equatable {
    private(set) var all: [Epoch] = []

    struct Epoch: Equatable {
        /// From 1, in the order they began.
        var id: Int64
        /// 64 random bits.
        var name: UInt64
        /// The first sequence number it may have in each lane.
        var first: PerLane<Int64>
    }

    init() {}

    /// - Parameter all: In ascending order of `id`.
    init(_ all: [Epoch]) {
        self.all = all
    }

    /// The epoch of a batch; `nil` before the first.
    ///
    /// - Complexity: O(log *n*) in the number of epochs.
    subscript(lane: Lane, sequence: Int64) -> UInt64? {
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            if all[middle].first[lane] <= sequence { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? nil : all[low - 1].name
    }

    /// Begins an epoch, where the last one has another name.
    ///
    /// - Parameter heads: The last numbers given out.
    /// - Returns: The epoch that begins; `nil` where it has begun already.
    mutating func begin(_ name: UInt64, after heads: PerLane<Int64>) -> Epoch? {
        guard all.last?.name != name else { return nil }
        var first = heads
        for lane in Lane.allCases { first[lane] += 1 }
        let epoch = Epoch(id: (all.last?.id ?? 0) + 1, name: name, first: first)
        all.append(epoch)
        return epoch
    }

    /// Forgets the epochs of which no batch is left.
    ///
    /// - Parameter oldest: The oldest number in each lane, the next one to come where there is none.
    /// - Returns: The lowest `id` that is kept.
    mutating func forget(before oldest: PerLane<Int64>) -> Int64 {
        var count = 0
        while count + 1 < all.count,
            Lane.allCases.allSatisfy({ all[count + 1].first[$0] <= oldest[$0] })
        { count += 1 }
        all.removeFirst(count)
        return all.first?.id ?? 0
    }

    /// An epoch as sixteen hexadecimal digits.
    static func text(_ name: UInt64) -> String {
        let digits = String(name, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension Epochs {
    init(_ db: Database) throws {
        let sql = "SELECT id, name, alarm, event, reading FROM epoch ORDER BY id"
        all = try Row.fetchAll(db, sql: sql).map { row in
            var first = PerLane<Int64>(repeating: 1)
            first.alarm = try row.integer(2)
            first.event = try row.integer(3)
            first.reading = try row.integer(4)
            return Epoch(
                id: try row.integer(0), name: UInt64(bitPattern: try row.integer(1)), first: first)
        }
    }

    static func save(_ epoch: Epoch, _ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO epoch VALUES (?, ?, ?, ?, ?)",
            arguments: [
                epoch.id, Int64(bitPattern: epoch.name), epoch.first.alarm, epoch.first.event,
                epoch.first.reading,
            ])
    }
}
