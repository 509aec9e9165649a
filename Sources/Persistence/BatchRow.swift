import Execution
import FoundationEssentials
import GRDB
import Telemetry

/// One batch as it lies in the database.
struct BatchRow: Equatable {
    var key: RowKey
    var header: Header
    /// The number of the names that the payload was compressed with; 0 for none.
    var names: Int64
    var payload: [UInt8]
    /// Where the payload lies in the file of payloads; `nil` where it lies in the row.
    var place: PayloadPlace?

    /// The part of a row that is read without touching its payload.
    struct Header: Equatable {
        var firstTime: Timestamp
        var lastTime: Timestamp
        var count: Int64
        /// The number of the boot in the boot table.
        var boot: Int64
        var isSynchronized: Bool
        /// Wall minus monotonic time when the batch was sealed, in milliseconds, less the base of
        /// the boot: a small number in ordinary times.
        var drift: Int64
    }

    /// The checksum of everything above.
    var checksum: Int64 {
        var sum = payload.withUnsafeBytes { CyclicRedundancyCheck.checksum(of: $0) }
        for number in [
            key.rawValue, header.firstTime.milliseconds, header.lastTime.milliseconds,
            header.count, header.boot, header.isSynchronized ? 1 : 0, header.drift,
            names,
        ] {
            sum = withUnsafeBytes(of: number.littleEndian) {
                CyclicRedundancyCheck.checksum(of: $0) ^ (sum << 1 | sum >> 31)
            }
        }
        // As a signed number it takes four bytes in the row, not six.
        return Int64(Int32(bitPattern: sum))
    }
}

/// The primary key of a batch: lane and sequence in one number.
///
/// Readings have the highest lane code, so that each of their batches is the last row of the
/// table and fills its pages from left to right.
struct RowKey: Hashable, Comparable {
    let rawValue: Int64

    private static let sequenceBits: Int64 = 40
    static let highestSequence: Int64 = 1 << sequenceBits - 1

    init(_ lane: Lane, _ sequence: Int64) {
        let code: Int64 =
            switch lane {
            case .alarm: 1
            case .event: 2
            case .reading: 3
            }
        rawValue = code << Self.sequenceBits | min(max(sequence, 0), Self.highestSequence)
    }

    init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    var sequence: Int64 { rawValue & Self.highestSequence }

    /// The lane, or `nil` where the number is no key.
    var lane: Lane? {
        switch rawValue >> Self.sequenceBits {
        case 1: .alarm
        case 2: .event
        case 3: .reading
        default: nil
        }
    }

    /// The keys of a lane from one sequence on.
    static func all(of lane: Lane, from sequence: Int64 = 0) -> ClosedRange<RowKey> {
        RowKey(lane, sequence)...RowKey(lane, highestSequence)
    }

    static func < (left: RowKey, right: RowKey) -> Bool { left.rawValue < right.rawValue }
}

extension ClosedRange<RowKey> {
    /// What is left of the range after a key, or before it.
    func beyond(_ key: RowKey, descending: Bool) -> ClosedRange<RowKey>? {
        if descending {
            return key.rawValue - 1 < lowerBound.rawValue
                ? nil : lowerBound...RowKey(rawValue: key.rawValue - 1)
        }
        return key.rawValue + 1 > upperBound.rawValue
            ? nil : RowKey(rawValue: key.rawValue + 1)...upperBound
    }
}

extension Row {
    /// The integer in a column; the plain subscript would end the process on another type.
    func integer(_ column: Int) throws(StoreFault) -> Int64 {
        guard case .int64(let number) = (self[column] as DatabaseValue).storage else {
            throw .damaged("column \(column) is not an integer")
        }
        return number
    }

    /// The text in a column.
    func text(_ column: Int) throws(StoreFault) -> String {
        guard case .string(let text) = (self[column] as DatabaseValue).storage else {
            throw .damaged("column \(column) is not a text")
        }
        return text
    }

    /// The bytes in a column.
    func bytes(_ column: Int) throws(StoreFault) -> [UInt8] {
        switch (self[column] as DatabaseValue).storage {
        case .blob(let data): return [UInt8](data)
        default: throw .damaged("column \(column) is not a blob")
        }
    }

    /// The place in a column, or `nil` where it holds something else.
    func place(_ column: Int) -> PayloadPlace? {
        guard case .int64(let number) = (self[column] as DatabaseValue).storage else { return nil }
        return PayloadPlace(rawValue: number)
    }

    /// The payload in a column, or at the place that the column names. A place that there cannot
    /// be gives no bytes: the row is damaged, as its checksum will say.
    func payload(_ column: Int, from payloads: PayloadFile) throws(StoreFault) -> [UInt8] {
        guard case .int64 = (self[column] as DatabaseValue).storage else {
            return try bytes(column)
        }
        return try place(column).map(payloads.read) ?? []
    }

    /// The header that starts at the second column.
    func header() throws(StoreFault) -> BatchRow.Header {
        let first = try integer(1)
        let clock = try integer(4)
        let (last, overflow) = first.addingReportingOverflow(try integer(2))
        guard !overflow else { throw .damaged("a time out of range") }
        return BatchRow.Header(
            firstTime: Timestamp(milliseconds: first), lastTime: Timestamp(milliseconds: last),
            count: try integer(3), boot: clock >> 1, isSynchronized: clock & 1 == 1,
            drift: try integer(5))
    }
}
