package import Execution
import FoundationEssentials
package import Telemetry

/// What all lockers and doors of a gateway have in common: the journal, and the one chain of the
/// audit trail.
///
/// A disk that takes nothing does not lock people out: what cannot be written waits in memory, in
/// order, and is tried again. Until then a restart would forget it, which is reported.
package actor AccessRegister {
    private let journal: AccessJournal
    private let time: TimeSource
    private let record: @Sendable (Event, Lane) async -> Void
    private var values: [String: [UInt8]]
    private var trail: AuditTrail
    private var waiting: [AccessRecord] = []
    private var isWriting = false
    private var hasFailed = false

    /// The most changes that wait for a disk; beyond, the oldest audit records among them go.
    package static let waitingLimit = 10_000

    package init(
        journal: AccessJournal, contents: AccessContents, time: TimeSource,
        record: @escaping @Sendable (Event, Lane) async -> Void
    ) {
        self.journal = journal
        self.time = time
        self.record = record
        values = contents.values
        trail = contents.trail
    }

    /// Who did what to which.
    package struct Deed: Hashable, Sendable {
        package var actor: String
        package var action: String
        package var subject: String
        package var details: String

        package init(_ actor: String, _ action: String, _ subject: String, details: String = "") {
            self.actor = actor
            self.action = action
            self.subject = subject
            self.details = details
        }
    }

    /// A change of the values.
    package enum Change: Sendable {
        case put(String, [UInt8])
        case remove(String)
    }

    /// Writes changes and what was done, in one.
    ///
    /// - Returns: Whether it is on the disk; where not, it waits in memory and holds all the same.
    @discardableResult
    package func commit(_ changes: [Change], _ deed: Deed) async -> Bool {
        for change in changes {
            switch change {
            case .put(let key, let value):
                values[key] = value
                waiting.append(.put(key: key, value: value))
            case .remove(let key):
                values[key] = nil
                waiting.append(.remove(key: key))
            }
        }
        let audit = trail.append(
            time: time.wall().timestamp, actor: deed.actor, action: deed.action,
            subject: deed.subject, details: deed.details)
        waiting.append(.audit(audit))
        return await write()
    }

    /// The values whose keys begin so.
    package func values(under prefix: String) -> [String: [UInt8]] {
        values.filter { $0.key.hasPrefix(prefix) }
    }

    package func value(_ key: String) -> [UInt8]? { values[key] }

    /// The head of the audit trail, which goes out with events so that others know it too.
    package var head: AuditTrail { trail }

    /// Writes what waits, again and again, until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            await time.sleep(time.monotonic().advanced(by: .seconds(10)))
            if !waiting.isEmpty { _ = await write() }
        }
    }

    /// The audit trail, gone over from its first record to its last.
    ///
    /// - Returns: The newest records, and what is wrong with the chain.
    package func audit(last limit: Int) async throws -> AuditFindings {
        _ = await write()
        var check = AuditTrail()
        var newest: [AuditRecord] = []
        var fault: AuditTrail.Fault?
        let expected = trail
        var next: Int64 = 1
        while true {
            let part = try await journal.records(next, 1_000)
            guard let last = part.last else { break }
            for record in part where fault == nil {
                do throws(AuditTrail.Fault) {
                    try check.verify(record)
                } catch {
                    fault = error
                }
            }
            newest = (newest + part).suffix(limit)
            next = max(next, last.number) + 1
        }
        if fault == nil {
            do throws(AuditTrail.Fault) {
                // Records may have been added meanwhile, never taken away.
                if check.count < expected.count || trail == expected {
                    try check.verify(head: expected)
                }
            } catch {
                fault = error
            }
        }
        return AuditFindings(trail: check, newest: newest, fault: fault)
    }

    private func write() async -> Bool {
        guard !isWriting else { return false }
        isWriting = true
        defer { isWriting = false }
        while !waiting.isEmpty {
            let batch = waiting
            guard await journal.commit(batch) else {
                if waiting.count > Self.waitingLimit {
                    waiting.removeFirst(waiting.count - Self.waitingLimit)
                }
                if !hasFailed {
                    hasFailed = true
                    await record(
                        Event(
                            "access.notSaved", of: "journal", at: time.wall().timestamp,
                            severity: .warning), .event)
                }
                return false
            }
            waiting.removeFirst(batch.count)
            hasFailed = false
        }
        return true
    }
}

/// What going over the audit trail has found.
package struct AuditFindings: Hashable, Sendable {
    /// How far the chain is whole.
    package var trail: AuditTrail
    /// The newest records, the last of them last.
    package var newest: [AuditRecord]
    package var fault: AuditTrail.Fault?
}
