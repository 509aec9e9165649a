import Persistence

/// Changes of the journal on their way to the disk, in order; each has a number, from 1.
struct WaitingChanges {
    /// The most that wait for a disk that takes nothing.
    static let limit = 10_000

    private var changes: [(number: Int, record: AccessRecord)] = []
    private(set) var lastNumber = 0
    private var settled = 0

    var isEmpty: Bool { changes.isEmpty }

    /// All of them, and the number of the last.
    var all: (records: [AccessRecord], last: Int) { (changes.map(\.record), lastNumber) }

    /// Whether all up to a number is on the disk.
    func isSettled(_ number: Int) -> Bool { number <= settled }

    @discardableResult
    mutating func add(_ record: AccessRecord) -> Int {
        lastNumber += 1
        changes.append((lastNumber, record))
        return lastNumber
    }

    /// All up to a number is on the disk.
    mutating func settle(through number: Int) {
        changes.removeAll { $0.number <= number }
        settled = max(settled, number)
    }

    /// Keeps within the bound: of the values only the last change of each counts; then the oldest
    /// records of the trail go, and will be missing there.
    mutating func shrink() {
        guard changes.count > Self.limit else { return }
        var seen: Set<String> = []
        var kept: [(number: Int, record: AccessRecord)] = []
        for change in changes.reversed() {
            switch change.record {
            case .put(let key, _), .remove(let key):
                if seen.insert(key).inserted { kept.append(change) }
            case .audit: kept.append(change)
            }
        }
        changes = kept.reversed()
        var excess = changes.count - Self.limit
        changes.removeAll { change in
            guard excess > 0, case .audit = change.record else { return false }
            excess -= 1
            return true
        }
    }
}

extension AccessRecord {
    /// How far the trail goes with this record.
    var auditHead: AuditHead? {
        guard case .audit(let record) = self else { return nil }
        return AuditHead(count: record.number, hash: record.hash)
    }
}
