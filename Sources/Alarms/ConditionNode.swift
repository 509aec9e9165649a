import Metering

/// One condition of a rule, laid out flat: a node, then all within it.
struct ConditionNode: Sendable {
    let kind: Kind
    /// The place behind this node and all within it.
    var end: Int

    /// What a node looks at, by its place among the inputs of the program. Trivial to copy.
    enum Kind: Sendable {
        case band(point: Int, Band)
        case equals(point: Int, ScaledInteger)
        case bit(point: Int, Int)
        case missing(point: Int)
        case line(Int, isActive: Bool)
        case fault(line: Int)
        case silent(device: Int)
        case alarm(rule: Int)
        case any
        case all
        case not
        case lasting(nanoseconds: Int64)
    }

    /// Marks to pass, and marks to come back to.
    struct Band: Sendable {
        var above: ScaledInteger?
        var endsAbove: ScaledInteger?
        var below: ScaledInteger?
        var endsBelow: ScaledInteger?

        enum Side: Int64 { case inside, above, below }

        /// On which side of the marks a value is, coming from `side`.
        func side(of value: ScaledInteger, from side: Side) -> Side {
            if let above, let endsAbove, value > (side == .above ? endsAbove : above) {
                return .above
            }
            if let below, let endsBelow, value < (side == .below ? endsBelow : below) {
                return .below
            }
            return .inside
        }
    }

    var isLeaf: Bool {
        switch kind {
        case .any, .all, .not, .lasting: false
        default: true
        }
    }
}

/// What is known of a point.
enum PointInput: Hashable, Sendable {
    /// Nothing has been read since the start.
    case unread
    /// A text: there, and nothing to be compared.
    case text
    /// The last reading came without a value.
    case missing
    /// `isDoubtful`: the value may be wrong, as one outside the range of the device.
    case value(ScaledInteger, isDoubtful: Bool)

    init(_ reading: Reading) {
        switch (reading.quality, reading.value) {
        case (.missing(.notAsked), _): self = .unread
        case (.missing, _), (_, nil): self = .missing
        case (_, .text): self = .text
        case (.good, .number(let number)): self = .value(number, isDoubtful: false)
        case (.uncertain, .number(let number)): self = .value(number, isDoubtful: true)
        }
    }
}
