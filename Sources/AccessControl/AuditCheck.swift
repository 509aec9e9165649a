package import Persistence
import Execution

/// Goes over a trail from its first record to its last, and says what is wrong with it.
package struct AuditCheck: Hashable, Sendable {
    package enum Fault: Hashable, Sendable {
        /// Records were written once and are not there any more.
        case missing(ClosedRange<Int64>)
        /// Records are not those that were written.
        case changed(ClosedRange<Int64>)
        /// At this record the trail had another end when it was kept apart.
        case otherEnd(Int64)
        /// The end of the trail is kept apart as well, and that file is gone or not ours.
        case noHead
        /// The key is gone: the records up to here were made with another.
        case otherKey(through: Int64)
    }

    /// The last record that was gone over.
    package private(set) var head = AuditHead()
    package private(set) var faults: [Fault] = []
    /// What is known of the end from elsewhere.
    private let known: AuditHead?
    private let key: AuditKey

    package init(key: AuditKey, known: AuditHead?) {
        self.key = key
        self.known = known
    }

    /// Takes the next record, in ascending order of number.
    package mutating func take(_ record: AuditRecord) {
        if record.number > head.count + 1 {
            // Nothing is known of the one before: this one cannot be checked, those after it can.
            add(.missing(head.count + 1...record.number - 1))
        } else if record.hash != key.hash(of: record, after: head.hash) {
            add(.changed(record.number...record.number))
        }
        head = AuditHead(count: record.number, hash: record.hash)
        if let known, known.count == head.count, known.hash != head.hash {
            add(.otherEnd(head.count))
        }
    }

    /// The records have come to their end.
    package mutating func finish() {
        if let known, known.count > head.count { add(.missing(head.count + 1...known.count)) }
        if known == nil { add(.noHead) }
    }

    /// Ranges of one kind that touch are one fault; of very many the first are enough.
    private mutating func add(_ fault: Fault) {
        switch (faults.last, fault) {
        case (.changed(let old), .changed(let new)) where old.upperBound + 1 == new.lowerBound:
            faults[faults.count - 1] = .changed(old.lowerBound...new.upperBound)
        case (.missing(let old), .missing(let new)) where old.upperBound + 1 == new.lowerBound:
            faults[faults.count - 1] = .missing(old.lowerBound...new.upperBound)
        default:
            if faults.count < Self.faultLimit { faults.append(fault) }
        }
    }

    private static let faultLimit = 16
}

/// What going over the audit trail has found.
package struct AuditFindings: Hashable, Sendable {
    /// The last record there is.
    package var head: AuditHead
    /// The newest records, the last of them last.
    package var newest: [AuditRecord]
    package var faults: [AuditCheck.Fault]
}
