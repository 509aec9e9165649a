/// The read requests that fetch a set of register ranges in few round trips.
///
/// A plan is a pure value: it decides *what* to read, never *when*, and does no I/O.
/// Ranges of one table merge where they touch, overlap, or lie at most a gap apart, as long as
/// the device stands the length. A range is never split, so a 32-bit value cannot be torn across
/// two responses.
package struct PollPlan: Hashable, Sendable {
    /// The reads, in ascending table and address order.
    package let reads: [PlannedRead]

    /// Plans the reads that cover `ranges`, whatever their order.
    ///
    /// - Parameters:
    ///   - ranges: The ranges to cover. Duplicates and overlaps are allowed.
    ///   - gapLimit: The most unwanted registers to read between two wanted ranges. Keep it at
    ///     0 for devices that answer undocumented addresses with exception 2.
    ///   - bitGapLimit: The same for coils and discrete inputs.
    ///   - maximumRegisters: The most registers of one read; a wider range is read alone.
    ///   - maximumBits: The same for coils and discrete inputs.
    ///   - alone: Ranges that are read by themselves, whatever lies beside them.
    /// - Complexity: O(*n* log *n*) in the number of ranges.
    package init(
        covering ranges: some Sequence<RegisterRange>, gapLimit: UInt16 = 0,
        bitGapLimit: UInt16 = 0, maximumRegisters: UInt16 = 125, maximumBits: UInt16 = 2_000,
        alone: Set<RegisterRange> = []
    ) {
        var reads: [PlannedRead] = []
        for range in Set(ranges).sorted(by: RegisterRange.precedes) {
            let isBits = range.table.isBits
            if !alone.contains(range), reads.last.map({ !alone.contains($0.range) }) ?? true,
                let merged = reads.last?.merged(
                    with: range, gapLimit: isBits ? bitGapLimit : gapLimit,
                    maximum: min(isBits ? maximumBits : maximumRegisters, range.table.readLimit))
            {
                reads[reads.endIndex - 1] = merged
            } else {
                reads.append(PlannedRead(parts: [range]))
            }
        }
        self.reads = reads
    }
}

/// One read of a plan, and the ranges it is for.
package struct PlannedRead: Hashable, Sendable {
    /// What is asked for.
    package let range: RegisterRange
    /// What is wanted of it, in ascending order.
    package let parts: [RegisterRange]

    /// - Precondition: `parts` are of one table, in ascending order, and not empty.
    package init(parts: [RegisterRange]) {
        let end = parts.map(\.end).max() ?? 0
        range = RegisterRange(
            parts[0].table, at: parts[0].address, count: UInt16(end - Int(parts[0].address)))
        self.parts = parts
    }

    /// Two reads in place of this one, for a device that refuses it: divided at the widest gap,
    /// or in the middle where there is none.
    ///
    /// - Returns: `nil` where a single range, or several that overlap, leave nothing to divide.
    package func split() -> [PlannedRead]? {
        var best: (place: Int, gap: Int, offCentre: Int)?
        var end = parts[0].end
        for place in 1..<max(1, parts.count) {
            let gap = Int(parts[place].address) - end
            end = max(end, parts[place].end)
            guard gap >= 0 else { continue }
            let offCentre = abs(place * 2 - parts.count)
            if best.map({ (gap, -offCentre) > ($0.gap, -$0.offCentre) }) ?? true {
                best = (place, gap, offCentre)
            }
        }
        guard let best else { return nil }
        return [
            PlannedRead(parts: Array(parts[..<best.place])),
            PlannedRead(parts: Array(parts[best.place...])),
        ]
    }

    fileprivate func merged(
        with next: RegisterRange, gapLimit: UInt16, maximum: UInt16
    ) -> PlannedRead? {
        guard next.table == range.table, Int(next.address) <= range.end + Int(gapLimit) else {
            return nil
        }
        let overlaps = Int(next.address) < range.end
        let length = max(range.end, next.end) - Int(range.address)
        guard length <= Int(maximum) || (overlaps && next.end <= range.end) else { return nil }
        return PlannedRead(parts: parts + [next])
    }
}

extension RegisterRange {
    /// By table, then address, then length.
    fileprivate static func precedes(_ left: RegisterRange, _ right: RegisterRange) -> Bool {
        let tables = RegisterTable.allCases
        let (leftTable, rightTable) = (
            tables.firstIndex(of: left.table) ?? 0, tables.firstIndex(of: right.table) ?? 0
        )
        return (leftTable, left.address, left.count) < (rightTable, right.address, right.count)
    }
}
