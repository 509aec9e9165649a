import FoundationEssentials

/// Whole numbers in the fewest bits that hold them: a base, a fixed width, and exceptions.
///
/// The width is the one that makes the column smallest; numbers that need more bits are
/// exceptions. Meters' values are mostly noise in their low digits, which no compressor can
/// shrink; so they are stored in no more bits than they have.
struct PackedColumn: Hashable, Sendable {
    var base: Int64
    /// 0 to 64.
    var width: Int
    /// `width` bits a number, from the lowest bit of the first byte.
    var packed: [UInt8]
    /// The numbers that need more bits: how many are skipped since the exception before, and
    /// what stands above the `width` bits, negative for numbers below the base.
    var exceptions: [(gap: UInt64, high: Int64)]

    /// Packs numbers.
    init(_ numbers: [Int64]) {
        (base, width) = Self.bestFrame(for: numbers)
        let base = base
        let offsets = numbers.map { $0 &- base }
        packed = Self.pack(offsets, width: width)
        exceptions = []
        guard width < 64 else { return }
        var last = -1
        for (place, offset) in offsets.enumerated() where offset >> Int64(width) != 0 {
            exceptions.append((UInt64(place - last - 1), offset >> Int64(width)))
            last = place
        }
    }

    /// Takes a column apart that was read.
    ///
    /// - Throws: `.malformed` where it cannot hold `count` numbers.
    init(
        base: Int64, width: UInt64, packed: [UInt8], exceptions: [(gap: UInt64, high: Int64)],
        count: Int
    ) throws(BatchError) {
        guard width <= 64, packed.count == Self.byteCount(count, width: Int(width)) else {
            throw .malformed
        }
        self.base = base
        self.width = Int(width)
        self.packed = packed
        self.exceptions = exceptions
    }

    static func byteCount(_ count: Int, width: Int) -> Int { (count * width + 7) / 8 }

    /// The numbers.
    func numbers(count: Int) throws(BatchError) -> [Int64] {
        var offsets = unpacked(count: count)
        var place: UInt64 = 0
        for (gap, high) in exceptions {
            let (next, overflow) = place.addingReportingOverflow(gap)
            guard !overflow, next < UInt64(count), width < 64 else { throw .malformed }
            offsets[Int(next)] |= UInt64(bitPattern: high) << UInt64(width)
            place = next + 1
        }
        return offsets.map { base &+ Int64(bitPattern: $0) }
    }

    // MARK: - Bits

    /// The base and width that cost the fewest bits.
    ///
    /// The least number is not always the best base: one that is far below the others would
    /// widen all. What lies below the base is an exception.
    private static func bestFrame(for numbers: [Int64]) -> (base: Int64, width: Int) {
        guard numbers.count > 1 else { return (numbers.first ?? 0, 0) }
        let sorted = numbers.sorted()
        var best = (base: sorted[0], width: 64, cost: Int.max)
        for rank in [0, 1, 3, sorted.count / 50 + 4, sorted.count / 10 + 5]
        where rank < sorted.count {
            let (width, cost) = bestWidth(for: sorted, base: sorted[rank])
            if cost < best.cost { best = (sorted[rank], width, cost) }
        }
        return (best.base, best.width)
    }

    /// The width that costs the fewest bits with a given base.
    private static func bestWidth(
        for numbers: [Int64], base: Int64
    ) -> (width: Int, cost: Int) {
        // How many offsets have so many bits, those below the base and the others.
        var below = [Int](repeating: 0, count: 65)
        var above = [Int](repeating: 0, count: 65)
        for number in numbers {
            let offset = number &- base
            let bits = 64 - (offset < 0 ? ~offset : offset).leadingZeroBitCount
            if offset < 0 { below[bits] += 1 } else { above[bits] += 1 }
        }
        let widest = above.lastIndex { $0 > 0 } ?? 0
        let deepest = below.lastIndex { $0 > 0 } ?? 0
        var best = (width: 64, cost: numbers.count * 64)
        for width in stride(from: widest, through: 0, by: -1) {
            // An exception costs a byte for its place, and seven bits a byte for the rest and
            // its sign.
            var cost = numbers.count * width
            for bits in 0...max(widest, deepest) {
                let exceptions = below[bits] + (bits > width ? above[bits] : 0)
                cost += exceptions * 8 * (1 + (max(0, bits - width) + 7) / 7)
            }
            if cost < best.cost { best = (width, cost) }
        }
        return best
    }

    private static func pack(_ offsets: [Int64], width: Int) -> [UInt8] {
        guard width > 0 else { return [] }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount(offsets.count, width: width))
        let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
        var pending: UInt128 = 0
        var held = 0
        for offset in offsets {
            pending |= UInt128(UInt64(bitPattern: offset) & mask) << UInt128(held)
            held += width
            while held >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: pending))
                pending >>= 8
                held -= 8
            }
        }
        if held > 0 { bytes.append(UInt8(truncatingIfNeeded: pending)) }
        return bytes
    }

    private func unpacked(count: Int) -> [UInt64] {
        guard width > 0 else { return [UInt64](repeating: 0, count: count) }
        let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
        var numbers: [UInt64] = []
        numbers.reserveCapacity(count)
        var pending: UInt128 = 0
        var held = 0
        for byte in packed {
            pending |= UInt128(byte) << UInt128(held)
            held += 8
            while held >= width, numbers.count < count {
                numbers.append(UInt64(truncatingIfNeeded: pending) & mask)
                pending >>= UInt128(width)
                held -= width
            }
        }
        return numbers
    }

    static func == (left: PackedColumn, right: PackedColumn) -> Bool {
        left.base == right.base && left.width == right.width && left.packed == right.packed
            && left.exceptions.elementsEqual(right.exceptions, by: ==)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(base)
        hasher.combine(packed)
    }
}

// MARK: - In a message

extension Linli_V1_Column {
    init(_ numbers: [Int64]) {
        let column = PackedColumn(numbers)
        self.init()
        base = column.base
        width = UInt32(column.width)
        packed = Data(column.packed)
        exceptionGap = column.exceptions.map { UInt32($0.gap) }
        exceptionHigh = column.exceptions.map(\.high)
    }

    func numbers(count: Int) throws(BatchError) -> [Int64] {
        guard exceptionGap.count == exceptionHigh.count else { throw .malformed }
        let exceptions = zip(exceptionGap, exceptionHigh).map { (gap: UInt64($0), high: $1) }
        return try PackedColumn(
            base: base, width: UInt64(width), packed: Array(packed), exceptions: exceptions,
            count: count
        ).numbers(count: count)
    }
}

// MARK: - In a stream of columns

/// Writes columns one after the other, without tags.
struct NumberWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ numbers: [Int64]) {
        guard !numbers.isEmpty else { return }
        let column = PackedColumn(numbers)
        appendSigned(column.base)
        // The lowest bit says whether exceptions follow.
        append(UInt64(column.width << 1 | (column.exceptions.isEmpty ? 0 : 1)))
        bytes.append(contentsOf: column.packed)
        guard !column.exceptions.isEmpty else { return }
        append(UInt64(column.exceptions.count))
        for (gap, high) in column.exceptions {
            append(gap)
            appendSigned(high)
        }
    }

    /// Zigzag: small numbers of either sign are short.
    private mutating func appendSigned(_ number: Int64) {
        append(UInt64(bitPattern: number << 1 ^ number >> 63))
    }

    private mutating func append(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Reads columns one after the other.
struct NumberReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func next(count: Int) throws(BatchError) -> [Int64] {
        guard count > 0 else { return [] }
        let base = try signed()
        let mark = try varint()
        let width = mark >> 1
        guard width <= 64 else { throw .malformed }
        let length = PackedColumn.byteCount(count, width: Int(width))
        guard length <= rest.count else { throw .malformed }
        let packed = Array(rest.prefix(length))
        rest = rest.dropFirst(length)
        var exceptions: [(gap: UInt64, high: Int64)] = []
        if mark & 1 == 1 {
            let exceptionCount = try varint()
            guard exceptionCount <= UInt64(count) else { throw .malformed }
            for _ in 0..<exceptionCount {
                let gap = try varint()
                exceptions.append((gap, try signed()))
            }
        }
        return try PackedColumn(
            base: base, width: width, packed: packed, exceptions: exceptions, count: count
        ).numbers(count: count)
    }

    private mutating func signed() throws(BatchError) -> Int64 {
        let zigzag = try varint()
        return Int64(bitPattern: zigzag >> 1) ^ -Int64(bitPattern: zigzag & 1)
    }

    private mutating func varint() throws(BatchError) -> UInt64 {
        guard let (value, length) = Varint.first(in: rest) else { throw .malformed }
        rest = rest.dropFirst(length)
        return value
    }
}

/// Numbers in seven bits a byte, the lowest first. Source: Protocol Buffers encoding, "Base 128
/// varints".
enum Varint {
    /// The number at the start of some bytes, and how many it takes.
    static func first(in bytes: ArraySlice<UInt8>) -> (value: UInt64, length: Int)? {
        var value: UInt64 = 0
        for (place, byte) in bytes.prefix(10).enumerated() {
            value |= UInt64(byte & 0x7F) << UInt64(place * 7)
            if byte < 0x80 { return (value, place + 1) }
        }
        return nil
    }
}
