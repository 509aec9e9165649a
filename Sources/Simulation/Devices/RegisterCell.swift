package import Modbus

/// A few registers, or one bit, that hold one value of a simulated device.
package struct RegisterCell: Sendable {
    package let range: RegisterRange
    package let isWritable: Bool
    /// Whether the cell fills only some bits of its registers, which others share.
    package let isPart: Bool
    /// The content at a time: as many words as the range is long; a bit is 0 or 1.
    let words: @Sendable (SimulatedTime) -> [UInt16]

    package init(
        _ range: RegisterRange, isWritable: Bool = false, isPart: Bool = false,
        words: @escaping @Sendable (SimulatedTime) -> [UInt16]
    ) {
        self.range = range
        self.isWritable = isWritable
        self.isPart = isPart
        self.words = words
    }

    /// A cell that always holds the same.
    package init(_ range: RegisterRange, isWritable: Bool = false, words: [UInt16]) {
        precondition(words.count == Int(range.count), "a cell has a word for each address")
        self.init(range, isWritable: isWritable) { _ in words }
    }
}
