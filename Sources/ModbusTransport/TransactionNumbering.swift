package import Execution

/// Which transaction identifier the answer to a request bears.
///
/// The standard wants the request's own. Gateways that count for themselves are found out by
/// asking with numbers that nothing else bears: an answer that is one more than such a number, or
/// has its bytes swapped, was made from this request, so that it still tells a late answer from
/// the right one. Where the answers' numbers have nothing to do with the requests', nothing does,
/// and none is believed unless ``isIgnored``.
package struct TransactionNumbering: Sendable {
    /// What the answers of a bus bear.
    package enum Rule: Hashable, Sendable {
        case same
        /// The request's number and this much more.
        case shifted(by: UInt16)
        /// The request's number with its bytes swapped.
        case swapped
        /// Always this one.
        case constant(UInt16)
        case unrelated

        fileprivate func number(for request: UInt16) -> UInt16? {
            switch self {
            case .same: request
            case .shifted(let more): request &+ more
            case .swapped: request.byteSwapped
            case .constant, .unrelated: nil
            }
        }
    }

    private struct Sample: Hashable, Sendable {
        let sent: UInt16
        let answered: UInt16
    }

    /// How many answers have to agree before a rule is believed.
    private static let proof = 3
    private static let memory = 64

    /// Whether the site document says that the numbers of answers tell nothing.
    package let isIgnored: Bool
    package private(set) var rule: Rule = .same
    private var isExamining = false
    private var samples: [Sample] = []
    private var recent: [UInt16] = []

    package init(isIgnored: Bool = false) {
        self.isIgnored = isIgnored
    }

    /// The number of the next request: one that no answer under way can bear.
    package mutating func next(using random: inout SeededRandom) -> UInt16 {
        var number = (recent.last ?? 0) &+ 1
        if isExamining || rule != .same {
            repeat {
                number = UInt16.random(in: 1...UInt16.max, using: &random)
            } while number.byteSwapped == number || recent.contains(where: { isNear($0, number) })
        }
        recent.append(number)
        if recent.count > Self.memory { recent.removeFirst() }
        return number
    }

    /// The number that the answer to a request bears; `nil` where none can be told.
    package func answer(to request: UInt16) -> UInt16? { rule.number(for: request) }

    /// Whether a number was given to a request not long ago: then a frame that bears it is a late
    /// answer, or one sent twice.
    package func isRecent(_ number: UInt16) -> Bool {
        recent.contains { rule.number(for: $0) == number }
    }

    /// Takes note of an answer that bore what it should.
    package mutating func confirmed() {
        samples.removeAll()
        isExamining = false
    }

    /// Takes note that nothing but frames with numbers of earlier requests came.
    package mutating func doubted() {
        isExamining = true
    }

    /// Takes note of a number that no request had, in answer to the only request under way.
    ///
    /// - Returns: Whether a rule was found just now.
    package mutating func strange(_ answered: UInt16, to sent: UInt16) -> Bool {
        guard isExamining || rule != .same else {
            // Numbers that count up prove nothing: one more is also that of the next request.
            isExamining = true
            return false
        }
        isExamining = true
        samples.append(Sample(sent: sent, answered: answered))
        if samples.count > Self.proof { samples.removeFirst() }
        guard samples.count == Self.proof, let found = Self.rule(of: samples), found != rule else {
            return false
        }
        rule = found
        samples.removeAll()
        return true
    }

    private static func rule(of samples: [Sample]) -> Rule? {
        guard let first = samples.first else { return nil }
        let shift = first.answered &- first.sent
        if samples.allSatisfy({ $0.answered &- $0.sent == shift }) {
            return shift == 0 ? .same : .shifted(by: shift)
        }
        if samples.allSatisfy({ $0.answered == $0.sent.byteSwapped }) { return .swapped }
        if samples.allSatisfy({ $0.answered == first.answered }) {
            return .constant(first.answered)
        }
        return .unrelated
    }

    /// Numbers this close could be taken for one another's answers.
    private func isNear(_ left: UInt16, _ right: UInt16) -> Bool {
        let distance = min(left &- right, right &- left)
        return distance < 16 || left == right.byteSwapped
            || rule.number(for: right).map { $0 == left } ?? false
            || rule.number(for: left).map { $0 == right } ?? false
    }
}
