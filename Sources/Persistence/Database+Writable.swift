import GRDB

extension Database {
    /// Makes sure that the file and its log were opened for writing.
    ///
    /// Where the system refuses that for a moment, SQLite opens them for reading alone, and then
    /// every write fails for as long as they are open: they must be opened again.
    ///
    /// - Throws: `SQLITE_READONLY` or another error of SQLite's where nothing can be written.
    func requireWritable() throws {
        try inTransaction(.immediate) { .rollback }
    }
}
