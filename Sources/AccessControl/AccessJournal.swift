package import Persistence

/// Where the state of lockers and doors is kept: the seam to the database.
package struct AccessJournal: Sendable {
    /// All values by key, and the end of the audit trail.
    package var load: @Sendable () async throws -> AccessContents
    /// Writes all of it or nothing. Durable when it returns `true`.
    package var commit: @Sendable ([AccessRecord]) async -> Bool
    /// The records of the audit trail from a number on, at most so many, in order.
    package var records: @Sendable (_ from: Int64, _ limit: Int) async throws -> [AuditRecord]
    /// Keeps the end of the trail apart from it.
    package var keep: @Sendable (AuditHead) async -> Void
    /// The end of the trail that was kept apart; `nil` where there is none that is ours.
    package var known: @Sendable () async throws -> AuditHead?

    package init(
        load: @escaping @Sendable () async throws -> AccessContents,
        commit: @escaping @Sendable ([AccessRecord]) async -> Bool,
        records: @escaping @Sendable (_ from: Int64, _ limit: Int) async throws -> [AuditRecord],
        keep: @escaping @Sendable (AuditHead) async -> Void,
        known: @escaping @Sendable () async throws -> AuditHead?
    ) {
        self.load = load
        self.commit = commit
        self.records = records
        self.keep = keep
        self.known = known
    }
}

extension AccessJournal {
    /// No journal: nothing is ever saved.
    package static let none = AccessJournal(
        load: { AccessContents(key: AuditKey([])) }, commit: { _ in false },
        records: { _, _ in [] }, keep: { _ in }, known: { AuditHead() })
}

/// What a journal holds.
package struct AccessContents: Hashable, Sendable {
    package var values: [String: [UInt8]]
    /// The key of the audit trail.
    package var key: AuditKey
    /// Where the key had to be made anew: the last record of the old one.
    package var keyReplacedAt: Int64?
    /// The last record of the audit trail.
    package var last: AuditHead
    /// The end of the trail that was kept apart from it.
    package var known: AuditHead?

    package init(
        values: [String: [UInt8]] = [:], key: AuditKey, keyReplacedAt: Int64? = nil,
        last: AuditHead = AuditHead(), known: AuditHead? = nil
    ) {
        self.values = values
        self.key = key
        self.keyReplacedAt = keyReplacedAt
        self.last = last
        self.known = known
    }
}
