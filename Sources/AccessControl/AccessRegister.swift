package import Execution
import FoundationEssentials
import Persistence
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
    private let key: AuditKey
    private let keyReplacedAt: Int64?
    private var values: [String: [UInt8]]
    private var trail: AuditTrail
    private var waiting = WaitingChanges()
    private var turns = Turns()
    private var hasFailed = false
    /// The count that the city knows, and when it was told.
    private var toldCount: Int64
    private var toldAt: MonotonicTime?
    /// What was found when the trail was last gone over.
    package private(set) var faults: [AuditCheck.Fault] = []

    /// The head goes out at most so often: a trail that was cut off or written anew is found out by
    /// whoever knows a head of it.
    package static let headInterval = Duration.seconds(60)

    package init(
        journal: AccessJournal, contents: AccessContents, time: TimeSource,
        record: @escaping @Sendable (Event, Lane) async -> Void
    ) {
        self.journal = journal
        self.time = time
        self.record = record
        key = contents.key
        keyReplacedAt = contents.keyReplacedAt
        values = contents.values
        // The count only grows, also where the last records are gone.
        var head = contents.last
        if let known = contents.known, known.count > head.count { head = known }
        trail = AuditTrail(key: contents.key, head: head)
        toldCount = 0
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
    package enum Change: Hashable, Sendable {
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
                waiting.add(.put(key: key, value: value))
            case .remove(let key):
                values[key] = nil
                waiting.add(.remove(key: key))
            }
        }
        let audit = trail.append(
            time: time.wall().timestamp, actor: deed.actor, action: deed.action,
            subject: deed.subject, details: deed.details)
        return await write(through: waiting.add(.audit(audit)))
    }

    /// The values whose keys begin so.
    package func values(under prefix: String) -> [String: [UInt8]] {
        values.filter { $0.key.hasPrefix(prefix) }
    }

    package func value(_ key: String) -> [UInt8]? { values[key] }

    /// The head of the audit trail, which goes out with events so that others know it too.
    package var head: AuditHead { trail.head }

    /// Goes over the trail; then writes what waits, again and again, and tells the city how far the
    /// trail has come, until the task is cancelled.
    package func run() async {
        do { _ = try await audit(last: 0) } catch { /* The journal has said why. */  }
        if let keyReplacedAt {
            let deed = Deed("gateway", "keyReplaced", "audit", details: "through \(keyReplacedAt)")
            await commit([], deed)
        }
        while !Task.isCancelled {
            await time.sleep(time.monotonic().advanced(by: .seconds(10)))
            if !waiting.isEmpty { _ = await write(through: waiting.lastNumber) }
            await tellHead()
        }
    }

    private func tellHead() async {
        let now = time.monotonic()
        guard trail.head.count > toldCount,
            toldAt.map({ $0.duration(to: now) >= Self.headInterval }) ?? true
        else { return }
        toldCount = trail.head.count
        toldAt = now
        await record(
            Event(
                "audit.head", of: "access", at: time.wall().timestamp,
                details: [
                    "audit": "\(trail.head.count)", "hash": trail.head.hash.hexadecimal,
                ]), .event)
    }

    /// The audit trail, gone over from its first record to its last.
    ///
    /// - Returns: The newest records, and what is wrong with the chain.
    package func audit(last limit: Int) async throws -> AuditFindings {
        _ = await write(through: waiting.lastNumber)
        let end = trail.head.count
        let isSaved = waiting.isEmpty
        var check = AuditCheck(key: key, known: try await journal.known())
        var newest: [AuditRecord] = []
        var next: Int64 = 1
        while next <= end {
            let part = try await journal.records(next, 1_000).prefix { $0.number <= end }
            guard let last = part.last else { break }
            for record in part { check.take(record) }
            newest = (newest + part).suffix(limit)
            next = last.number + 1
        }
        // What waits for the disk is not missing.
        if isSaved { check.finish() }
        var found = check.faults
        if let through = keyReplacedAt { found = [.otherKey(through: through)] + found }
        await note(found)
        return AuditFindings(head: check.head, newest: newest, faults: found)
    }

    private func note(_ found: [AuditCheck.Fault]) async {
        guard found != faults else { return }
        faults = found
        guard !found.isEmpty else { return }
        await record(
            Event(
                "audit.broken", of: "access", at: time.wall().timestamp, severity: .alarm,
                details: ["fault": found.map(\.words).joined(separator: "; ")]), .alarm)
    }

    /// Writes all that waits.
    ///
    /// - Returns: Whether all up to a number is on the disk.
    private func write(through number: Int) async -> Bool {
        if !turns.take() { await withCheckedContinuation { turns.wait($0) } }
        defer { turns.end() }
        guard !waiting.isSettled(number) else { return true }
        let (records, last) = waiting.all
        guard await journal.commit(records) else {
            waiting.shrink()
            if !hasFailed {
                hasFailed = true
                await record(
                    Event(
                        "access.notSaved", of: "journal", at: time.wall().timestamp,
                        severity: .warning), .event)
            }
            return false
        }
        waiting.settle(through: last)
        hasFailed = false
        // Kept apart once it is in the journal, so never ahead of it.
        if let head = records.last(where: { $0.auditHead != nil })?.auditHead {
            await journal.keep(head)
        }
        return true
    }
}

extension AuditCheck.Fault {
    package var words: String {
        switch self {
        case .missing(let range):
            range.count == 1
                ? "record \(range.lowerBound) is missing"
                : "records \(range.lowerBound) to \(range.upperBound) are missing"
        case .changed(let range):
            range.count == 1
                ? "record \(range.lowerBound) is not the one that was written"
                : "records \(range.lowerBound) to \(range.upperBound) are not those that were written"
        case .otherEnd(let number):
            "record \(number) is not the one that was kept apart as the end of the trail"
        case .noHead: "audit.head, which holds the end of the trail, is gone or was changed"
        case .otherKey(let through):
            "audit.key is gone, and a new one was made: records up to \(through) cannot be checked"
        }
    }
}
