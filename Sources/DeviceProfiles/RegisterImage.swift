package import Execution
package import Metering
package import Modbus

/// The answers of one poll of one device: what each read brought, and when.
///
/// Points are measured from it, so that values of one answer belong together and each has the
/// time its answer arrived.
package struct RegisterImage: Sendable {
    /// The answer to one read.
    struct Block: Sendable {
        let range: RegisterRange
        let content: Content
        let moment: Moment
    }

    enum Content: Sendable {
        case registers([UInt16])
        case bits([Bool])
        case missing(MissingReason)
    }

    private(set) var blocks: [Block] = []

    package init() {}

    /// Makes room for the next poll.
    package mutating func removeAll() {
        blocks.removeAll(keepingCapacity: true)
    }

    /// Takes in the answer to a read.
    ///
    /// - Returns: Whether the answer fits the range: as many registers, or bits, as were asked
    ///   for. One that does not is left out.
    @discardableResult
    package mutating func insert(
        _ response: ModbusResponse, for range: RegisterRange, at moment: Moment
    ) -> Bool {
        switch response {
        case .registers(let words) where !range.table.isBits && words.count == range.count:
            blocks.append(Block(range: range, content: .registers(words), moment: moment))
        case .bits(let bits) where range.table.isBits && bits.count == range.count:
            blocks.append(Block(range: range, content: .bits(bits), moment: moment))
        default:
            return false
        }
        return true
    }

    /// Takes note that a read brought nothing.
    package mutating func insert(
        missing reason: MissingReason, for range: RegisterRange, at moment: Moment
    ) {
        blocks.append(Block(range: range, content: .missing(reason), moment: moment))
    }

    /// When the answer that covers a range arrived, or was known to be missing.
    package func moment(of range: RegisterRange) -> Moment? {
        index(of: range).map { blocks[$0].moment }
    }

    /// The place of the block that covers a range.
    ///
    /// - Complexity: O(*n*) in the number of reads, which is small.
    @inline(__always)
    func index(of range: RegisterRange) -> Int? {
        for index in blocks.indices where blocks[index].range.contains(range) {
            return index
        }
        return nil
    }
}
