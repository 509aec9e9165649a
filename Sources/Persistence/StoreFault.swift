import GRDB
import GRDBSQLite
import Glibc

/// What can go wrong with the database file.
enum StoreFault: Error, Hashable {
    /// The file is not a sound outbox. The reason is for people.
    case damaged(String)
    case diskFull
    case notWritable(code: Int32)
    case storage(code: Int32)

    /// Sorts an error of the database, or a fault passing through it.
    ///
    /// - Parameter systemError: `errno` of the last failed call, where the caller knows it.
    init(_ error: any Error, systemError: Int32 = 0) {
        if let fault = error as? StoreFault {
            self = fault
            return
        }
        guard let error = error as? DatabaseError else {
            self = .damaged("a column of an unexpected type")
            return
        }
        let code = error.extendedResultCode.rawValue
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_FORMAT, .SQLITE_ERROR, .SQLITE_MISMATCH,
            .SQLITE_CONSTRAINT, .SQLITE_SCHEMA:
            self = .damaged(error.message ?? "not a sound database")
        case .SQLITE_FULL:
            self = .diskFull
        case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
            self = .notWritable(code: code)
        // A lock for writing on a file that could only be opened for reading.
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_LOCK:
            self = .notWritable(code: code)
        case .SQLITE_IOERR where systemError == ENOSPC || systemError == EDQUOT:
            self = .diskFull
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_CORRUPTFS:
            self = .damaged("the file system reports damage")
        default:
            self = .storage(code: code)
        }
    }
}

extension OutboxError {
    /// - Precondition: `fault` is not damage, which is dealt with where it is found.
    init(_ fault: StoreFault, path: String) {
        switch fault {
        case .damaged: preconditionFailure("damage is set aside, never thrown")
        case .diskFull: self = .diskFull
        case .notWritable(let code): self = .notWritable(path: path, code: code)
        case .storage(let code): self = .storage(code: code)
        }
    }
}
