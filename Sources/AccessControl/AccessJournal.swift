/// Where the state of lockers and doors is kept: the seam to the database.
package struct AccessJournal: Sendable {
    /// All values by key, and the head of the audit trail.
    package var load: @Sendable () async throws -> AccessContents
    /// Writes all of it or nothing. Durable when it returns `true`.
    package var commit: @Sendable ([AccessRecord]) async -> Bool
    /// The records of the audit trail from a number on, at most so many, in order.
    package var records: @Sendable (_ from: Int64, _ limit: Int) async throws -> [AuditRecord]

    package init(
        load: @escaping @Sendable () async throws -> AccessContents,
        commit: @escaping @Sendable ([AccessRecord]) async -> Bool,
        records: @escaping @Sendable (_ from: Int64, _ limit: Int) async throws -> [AuditRecord]
    ) {
        self.load = load
        self.commit = commit
        self.records = records
    }
}

extension AccessJournal {
    /// No journal: nothing is ever saved.
    package static let none = AccessJournal(
        load: { AccessContents() }, commit: { _ in false }, records: { _, _ in [] })
}

/// What a journal holds.
package struct AccessContents: Hashable, Sendable {
    package var values: [String: [UInt8]]
    package var trail: AuditTrail

    package init(values: [String: [UInt8]] = [:], trail: AuditTrail = AuditTrail()) {
        self.values = values
        self.trail = trail
    }
}

/// One change of a journal.
package enum AccessRecord: Hashable, Sendable {
    case put(key: String, value: [UInt8])
    case remove(key: String)
    case audit(AuditRecord)
}
