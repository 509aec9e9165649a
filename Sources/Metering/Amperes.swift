/// A current in whole amperes: what a car is told, and what a fuse is rated by.
package struct Amperes: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral {
    package var count: Int

    package init(_ count: Int) {
        self.count = count
    }

    package init(integerLiteral count: Int) {
        self.init(count)
    }

    /// A measured current, to the next whole ampere above; 0 for less than nothing.
    package init(roundingUp current: ScaledInteger) {
        self.init(Int(min(max(current.doubleValue, 0), 1e6).rounded(.up)))
    }

    /// A measured current, to the next whole ampere below; 0 for less than nothing.
    package init(roundingDown current: ScaledInteger) {
        self.init(Int(min(max(current.doubleValue, 0), 1e6).rounded(.down)))
    }

    package static func < (left: Amperes, right: Amperes) -> Bool { left.count < right.count }

    package static func + (left: Amperes, right: Amperes) -> Amperes {
        Amperes(left.count + right.count)
    }

    package static func - (left: Amperes, right: Amperes) -> Amperes {
        Amperes(left.count - right.count)
    }
}

extension Amperes: CustomStringConvertible {
    package var description: String { "\(count) A" }
}

/// A conductor of the mains. The raw value is the word of documents.
package enum MainsPhase: String, CaseIterable, Hashable, Sendable {
    case l1, l2, l3
}
