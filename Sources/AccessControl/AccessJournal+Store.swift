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
                let (values, record) = try await store.load()
                let last = record.map { AuditHead(count: $0.number, hash: $0.hash) } ?? AuditHead()
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
                    try await store.commit(records)
                    return true
                } catch {
                    logger.error("Lockers' journal not written", metadata: ["error": "\(error)"])
                    return false
                }
            },
            records: { from, limit in try await store.rows(from: from, limit: limit) },
            keep: { await files.keep($0) }, known: { await files.known() })
    }
}
