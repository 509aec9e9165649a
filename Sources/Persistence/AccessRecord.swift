package import Execution

/// One change of the database of lockers and doors.
package enum AccessRecord: Hashable, Sendable {
    case put(key: String, value: [UInt8])
    case remove(key: String)
    case audit(AuditRecord)
}

/// One thing that somebody did, chained to the one before.
package struct AuditRecord: Hashable, Sendable {
    /// From 1, without holes.
    package var number: Int64
    package var time: Timestamp
    /// Who: `linli:li`, `code`, `token`, `courier`, `gateway`.
    package var actor: String
    /// What: `released`, `deposited`, `collected`.
    package var action: String
    /// To which: `east-gate/A01`.
    package var subject: String
    package var details: String
    /// Keyed, of this record and the hash of the one before: 32 bytes.
    package var hash: [UInt8]

    package init(
        number: Int64, time: Timestamp, actor: String, action: String, subject: String,
        details: String, hash: [UInt8]
    ) {
        self.number = number
        self.time = time
        self.actor = actor
        self.action = action
        self.subject = subject
        self.details = details
        self.hash = hash
    }
}
