import Execution
import Logging
import Persistence

extension AccessJournal {
    /// The journal in the state folder.
    ///
    /// - Returns: The journal, and where one that could not be read was set aside.
    static func open(
        folder: String, executor: any SerialExecutor, files: AuditFiles, logger: Logger
    ) throws -> (journal: AccessJournal, setAside: String?) {
        let store = try AccessStore(folder: folder, executor: executor)
        return (AccessJournal(store, files, logger: logger), store.setAside)
    }

    /// The journal in the database of the state folder, and the files of its trail.
    init(_ store: AccessStore, _ files: AuditFiles, logger: Logger) {
        self.init(
            load: {
                let (values, row) = try await store.load()
                let last = row.map { AuditHead(count: $0.number, hash: $0.hash) } ?? AuditHead()
                let (key, isNew) = try await files.load()
                var known = await files.known()
                if isNew, known == nil {
                    // The first start; or the key is gone, and with it the proof of what is there.
                    let claimed = await files.claimed()
                    let end = claimed > last.count ? AuditHead(count: claimed) : last
                    await files.keep(end)
                    known = end
                }
                let end = max(last.count, known?.count ?? 0)
                return AccessContents(
                    values: values, key: key, keyReplacedAt: isNew && end > 0 ? end : nil,
                    last: last,
                    known: known)
            },
            commit: { records in
                do {
                    try await store.commit(records.map(AccessStore.Change.init))
                    return true
                } catch {
                    logger.error("Lockers' journal not written", metadata: ["error": "\(error)"])
                    return false
                }
            },
            records: { from, limit in
                try await store.rows(from: from, limit: limit).map(AuditRecord.init)
            }, keep: { await files.keep($0) }, known: { await files.known() })
    }
}

extension AccessStore.Change {
    init(_ record: AccessRecord) {
        switch record {
        case .put(let key, let value): self = .put(key: key, value: value)
        case .remove(let key): self = .remove(key: key)
        case .audit(let record):
            self = .audit(
                AccessStore.AuditRow(
                    number: record.number, time: record.time.milliseconds, actor: record.actor,
                    action: record.action, subject: record.subject, details: record.details,
                    hash: record.hash))
        }
    }
}

extension AuditRecord {
    init(_ row: AccessStore.AuditRow) {
        self.init(
            number: row.number, time: Timestamp(milliseconds: row.time), actor: row.actor,
            action: row.action, subject: row.subject, details: row.details, hash: row.hash)
    }
}
